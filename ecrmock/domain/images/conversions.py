"""Which manifest does a client get that asks by tag for other media types? (facts/registry 2.9, facts/api 9.2)."""

import json
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.blobs import Content
from ecrmock.base.clock import iso
from ecrmock.base.jsons import loads
from ecrmock.domain.images import manifests, schema1
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image
    from ecrmock.domain.registry.repositories import Repository

# Docker's media type <-> OCI's; what has no partner cannot be translated (facts/registry 2.9.1)
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
_OLD = frozenset({manifests.SCHEMA1, manifests.SCHEMA1_SIGNED})
_TO_OCI = dict(_PAIRS)
_TO_DOCKER = {oci: docker for docker, oci in _PAIRS}
_LARGEST_CONFIG = 4 << 20
"""That is read for a translation (ours: containerd reads no larger one)."""


class Rendition(NamedTuple):
    """What is handed out for an image: its own bytes, or a translation with a digest of its own."""

    data: bytes
    media_type: str
    digest: str


def shown(repository: "Repository", image: "Image", tag: str, accepted: Collection[str]) -> Rendition | None:
    """What a client gets that asked by this tag and accepts these types; None where only an index could be given.

    The stored bytes where they are accepted, where nothing is asked, or where nothing fits. Between schema 2 and OCI
    images are translated, both to schema 1; of an index asked for with types of single images it is the linux/amd64
    child.
    """
    images = repository.of(Images)
    stored = Rendition(images.manifest(image), image.media_type, image.digest)
    wanted = manifests.KNOWN.intersection(accepted)
    if not wanted or image.media_type in wanted or "*/*" in accepted:
        return stored
    while image.media_type in manifests.INDEXES and not wanted & manifests.INDEXES:
        child = _child(images.get, stored.data)
        if child is None:
            return None
        image, stored = child, Rendition(images.manifest(child), child.media_type, child.digest)
    if stored.media_type in wanted or stored.media_type in manifests.INDEXES:
        return stored
    return _converted(repository, stored, tag, wanted) or stored


def _converted(repository: "Repository", stored: Rendition, tag: str, wanted: Collection[str]) -> Rendition | None:
    """A single image in other words that will do; None where there are none."""
    if stored.media_type in _OLD:
        return None
    words = _TO_OCI if stored.media_type == manifests.DOCKER else _TO_DOCKER
    body, target = loads(stored.data), words[stored.media_type]
    if not _plain(body, words):
        return None
    if target in wanted:
        return _translated(body, words, target)
    return None if _OLD.isdisjoint(wanted) else _to_schema1(repository, body, tag, wanted)


def _child(get: Callable[[str], "Image | None"], index: bytes) -> "Image | None":
    for row in loads(index)["manifests"]:
        platform = row.get("platform") or {}
        if platform.get("os") == "linux" and platform.get("architecture") == "amd64":
            return get(row["digest"])
    return None


def _translated(body: dict[str, Any], words: dict[str, str], target: str) -> Rendition:
    """The same image in the other family's words."""
    made = {
        "schemaVersion": 2,
        "mediaType": target,
        "config": _renamed(body["config"], words),
        "layers": [_renamed(layer, words) for layer in body["layers"]],
    }
    data = json.dumps(made, separators=(",", ":")).encode()
    return Rendition(data, target, manifests.digest_of(data))


def _to_schema1(repository: "Repository", body: dict[str, Any], tag: str, wanted: Collection[str]) -> Rendition | None:
    """The image in schema 1, signed if that will do and can be; the layer of the empty steps is then here to be pulled.

    Its digest is that of the unsigned text (facts/registry 2.9.2).
    """
    layers = repository.of(Layers)
    config = layers.get(body["config"]["digest"])
    if config is None or config.size > _LARGEST_CONFIG:
        return None
    digests = [row["digest"] for row in body["layers"]]
    old = schema1.translated(layers.content(config).read(), digests, repository.name, tag)
    if old is None:
        return None
    if old.needs_empty:
        layers.store(Content(len(schema1.EMPTY_LAYER), schema1.EMPTY_LAYER, None), schema1.EMPTY_DIGEST, None)
    world, text = repository.world, None
    if manifests.SCHEMA1_SIGNED in wanted:
        text = schema1.signed(old.payload, world.secret, iso(world.clock.now()))
    kind = manifests.SCHEMA1 if text is None else manifests.SCHEMA1_SIGNED
    return Rendition(text or old.payload, kind, manifests.digest_of(old.payload))


def _plain(body: dict[str, Any], words: dict[str, str]) -> bool:
    """Whether every part has a partner in the other family, and no subject would be lost."""
    parts = [body["config"], *body["layers"]]
    return "subject" not in body and all(part["mediaType"] in words for part in parts)


def _renamed(row: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: row[name] for name in ("size", "digest", "urls") if name in row}
    return {"mediaType": words[row["mediaType"]], **kept}
