"""An SDK that is older than ecrmock's models learns ECR's from them, so that every operation can be called.

botocore looks for data in the folder that AWS_DATA_PATH names before it looks into its own; everything else of it
stays as old as it is. With the newest botocore nothing is taught, and a test holds that.
"""

import gzip
import json
from importlib import metadata
from pathlib import Path

import botocore

from ecrmock.protocols.model import shipped

DATA = Path(botocore.__file__).parent / "data"
INSTALLED = metadata.version("botocore")


def numbers(version):
    """A version that can be compared."""
    return tuple(int(part) for part in version.split(".")[:3])


OLDER = numbers(INSTALLED) < numbers(shipped("ecr")["botocore"])


def own(service, kind):
    """One of botocore's files of a service; some are compressed, and not the same in each version."""
    (path,) = max((DATA / service).iterdir()).glob(f"{kind}.json*")
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def teach(folder):
    """Write ECR's model as botocore reads it; answers the folder that AWS_DATA_PATH is to name."""
    model = shipped("ecr")
    place = folder / "ecr" / model["metadata"]["apiVersion"]
    place.mkdir(parents=True)
    service = {"version": "2.0", **{part: model[part] for part in ("metadata", "operations", "shapes")}}
    (place / "service-2.json").write_text(json.dumps(service))
    (place / "paginators-1.json").write_text(json.dumps({"pagination": model["pagination"]}))
    return folder
