"""The models that ecrmock ships, made from the installed botocore: `python tests/renew_models.py`.

They hold what requests and answers look like, and none of AWS's documentation. First install the newest botocore;
an older one than the models are from is refused.
"""

import json
import re
import sys
from pathlib import Path

from older_sdk import DATA, INSTALLED, OLDER, own

import ecrmock.app  # noqa: F401 (registers the operations of every service)
from ecrmock.services.kms import kms
from ecrmock.services.secretsmanager import secretsmanager
from ecrmock.services.sts import sts

SHIPPED = Path(__file__).parents[1] / "ecrmock" / "protocols" / "models"
NOTICE = SHIPPED.parents[2] / "NOTICE"
SERVICES = ("ecr", "kms", "secretsmanager", "sts")
NEIGHBOURS = {each.name: each for each in (kms, secretsmanager, sts)}
"""Of these, only what is answered is kept whole; the other operations keep their names."""

_WORDS = {"documentation", "documentationUrl", "deprecatedMessage", "examples"}
_OUTPUTS = ("dnsSuffix", "dualStackDnsSuffix")


def made(name):
    """What would be shipped if the installed botocore were the source."""
    return {"botocore": INSTALLED} | (partitions() if name == "partitions" else service(name))


def service(name):
    """A service's newest model, without words, and with the shapes that its operations use."""
    model, pages = own(name, "service-2"), own(name, "paginators-1")["pagination"]
    operations = {each: bare(row) if answered(name, each) else {} for each, row in model["operations"].items()}
    used = set()
    for row in operations.values():
        for face in (row.get("input"), row.get("output"), *row.get("errors", ())):
            below(model["shapes"], face, used)
    return {
        "metadata": model["metadata"],
        "pagination": {each: row for each, row in pages.items() if operations.get(each)},
        "operations": operations,
        "shapes": {each: shape(row) for each, row in model["shapes"].items() if each in used},
    }


def answered(name, operation):
    return name not in NEIGHBOURS or operation in NEIGHBOURS[name].operations


def bare(value):
    """A piece of the model without what is said about it."""
    if isinstance(value, dict):
        return {name: bare(inner) for name, inner in value.items() if name not in _WORDS}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


def shape(row):
    """One shape; members may well be called `documentation`, so they are looked at one by one."""
    found = bare({name: value for name, value in row.items() if name != "members"})
    if "members" in row:
        found["members"] = {member: bare(value) for member, value in row["members"].items()}
    return found


def below(shapes, reference, seen):
    """Add every shape that a reference leads to."""
    if reference is None or reference["shape"] in seen:
        return
    seen.add(reference["shape"])
    row = shapes[reference["shape"]]
    for each in (*row.get("members", {}).values(), *(row.get(side) for side in ("member", "key", "value"))):
        below(shapes, each, seen)


def partitions():
    """The partitions with their regions and DNS suffixes."""
    rows = json.loads((DATA / "partitions.json").read_text())["partitions"]
    return {
        "partitions": {
            row["id"]: {**{name: row["outputs"][name] for name in _OUTPUTS}, "regions": sorted(row["regions"])}
            for row in rows
        }
    }


def printed(document):
    """JSON with a line an operation and a line a shape, so that a change is a small diff."""
    parts = []
    for name, value in document.items():
        rows = ",\n".join(f"{line(key)}:{line(row)}" for key, row in value.items()) if isinstance(value, dict) else ""
        parts.append(f"{line(name)}:" + (f"{{\n{rows}\n}}" if rows else line(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def line(value):
    return json.dumps(value, separators=(",", ":"))


def main():
    if OLDER:
        sys.exit(f"botocore {INSTALLED} is older than the models; python -m pip install --upgrade botocore")
    for name in (*SERVICES, "partitions"):
        (SHIPPED / f"{name}.json").write_text(printed(made(name)))
    NOTICE.write_text(re.sub(r"botocore \d[\d.]*\d", f"botocore {INSTALLED}", NOTICE.read_text()))


if __name__ == "__main__":
    main()
