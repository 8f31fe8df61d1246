"""Images to push, as values: bytes, their digests, descriptors, manifests. Doors only send them."""

import hashlib
import json
from typing import NamedTuple

from constants import CONFIG, LAYER, NOWHERE, OCI, OCI_INDEX


def digest_of(data, algorithm="sha256"):
    """The name of these bytes, or of a text in UTF-8."""
    data = data.encode() if isinstance(data, str) else data
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def descriptor(data, media_type, algorithm="sha256", **more):
    """What refers to these bytes, or to a text."""
    size = len(data.encode() if isinstance(data, str) else data)
    return {"mediaType": media_type, "digest": digest_of(data, algorithm), "size": size, **more}


class Pushed(NamedTuple):
    """An image that is there; its manifest is text or bytes, as its door takes it."""

    digest: str
    manifest: str | bytes
    blobs: dict
    """role (config, layer) -> bytes"""

    def described(self):
        """What refers to it, under the digest that it is given here."""
        return descriptor(self.manifest, OCI) | {"digest": self.digest}


def image_of(config, *layers, kind=OCI, **members):
    """The body of a manifest over these descriptors."""
    return {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": list(layers), **members}


def index_of(*children, kind=OCI_INDEX, **members):
    """The body of an index over these descriptors."""
    return {"schemaVersion": 2, "mediaType": kind, "manifests": list(children), **members}


def schema1_of(*layers, **members):
    """The body of a schema 1 manifest over layers of these digests; one that needs nothing in a lenient world."""
    rows = [{"blobSum": digest} for digest in layers or [NOWHERE]]
    return {"schemaVersion": 1, **members, "fsLayers": rows, "history": [{"v1Compatibility": "{}"} for _ in rows]}


def encoded(body, **how):
    """The bytes of a body."""
    return json.dumps(body, **how).encode()


def blobs_of(content):
    """A config and a layer of their own for each content."""
    return {"config": json.dumps({"of": content}).encode(), "layer": f"layer of {content}".encode()}


def simple(content="one", config=CONFIG, layer=LAYER, **members):
    """(body, blobs) of an image with a config and a layer of its own."""
    blobs = blobs_of(content)
    return image_of(descriptor(blobs["config"], config), descriptor(blobs["layer"], layer), **members), blobs
