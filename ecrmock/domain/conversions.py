"""Which manifest does a client get that asks by tag for other media types? (data-plane 2.9, control-plane 9.2)."""

import hashlib
import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.jsons import loads
from ecrmock.domain import manifests

if TYPE_CHECKING:
    from ecrmock.domain.facts import Image
    from ecrmock.domain.images import Images

# Docker's media type <-> OCI's; what has no partner cannot be translated (2.9.1)
_PAIRS = (
    (manifests.DOCKER, manifests.OCI),
    ("application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"),
    ("application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.image.layer.v1.tar+gzip"),
    (
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ),
    ("application/vnd.docker.image.rootfs.diff.tar", "application/vnd.oci.image.layer.v1.tar"),
)
_TO_OCI = dict(_PAIRS)
_TO_DOCKER = {oci: docker for docker, oci in _PAIRS}


class Shown(NamedTuple):
    """What is handed out for an image: its own bytes, or a translation with a digest of its own."""

    data: bytes
    media_type: str
    digest: str


def shown(images: "Images", image: "Image", accepted: Collection[str]) -> Shown | None:
    """What a client gets that asked by tag and accepts these types; None where only an index could be given.

    The stored bytes where they are accepted, where nothing is asked, or where nothing fits. Between schema 2 and OCI
    images are translated; of an index asked for with types of single images it is the linux/amd64 child.
    """
    stored = Shown(images.manifest(image), image.media_type, image.digest)
    wanted = manifests.KNOWN.intersection(accepted)
    if not wanted or image.media_type in wanted or "*/*" in accepted:
        return stored
    if image.media_type in manifests.INDEXES:
        if wanted & manifests.INDEXES:
            return stored
        child = _child(images, stored.data)
        return None if child is None else shown(images, child, accepted)
    return _translated(stored, wanted) or stored


def _child(images: "Images", index: bytes) -> "Image | None":
    for row in loads(index)["manifests"]:
        platform = row.get("platform") or {}
        if platform.get("os") == "linux" and platform.get("architecture") == "amd64":
            return images.get(row["digest"])
    return None


def _translated(stored: Shown, wanted: Collection[str]) -> Shown | None:
    """The same image in the other family's words; None where a type has no partner, or a subject would be lost."""
    words = _TO_OCI if stored.media_type == manifests.DOCKER else _TO_DOCKER
    target = words.get(stored.media_type)
    body = loads(stored.data)
    parts = [body.get("config"), *body.get("layers", ())]
    if target not in wanted or "subject" in body or any(part["mediaType"] not in words for part in parts if part):
        return None
    made = {
        "schemaVersion": 2,
        "mediaType": target,
        "config": _renamed(body["config"], words),
        "layers": [_renamed(layer, words) for layer in body["layers"]],
    }
    data = json.dumps(made, separators=(",", ":")).encode()
    return Shown(data, str(target), "sha256:" + hashlib.sha256(data).hexdigest())


def _renamed(row: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: row[name] for name in ("size", "digest", "urls") if name in row}
    return {"mediaType": words[row["mediaType"]], **kept}
