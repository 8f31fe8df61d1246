"""What does a test push that needs any image at all? A small valid one, put where a push by a door puts it."""

import io
import json
import tarfile
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.blobs import Content
from ecrmock.domain import names
from ecrmock.domain.images import manifests
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.domain.templates import CREATE_ON_PUSH, Templates
from ecrmock.errors.ecr import InvalidParameterException

if TYPE_CHECKING:
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CREATED = "1970-01-01T00:00:00Z"
_RELEASE = b"ID=debian\nVERSION_ID=12\n"
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Its header: deflated, no time, no name, of no system (RFC 1952)."""
_BLOCK = 65_535


class SmallImage(NamedTuple):
    """An OCI image of one layer; its bytes follow from its content alone, on every machine."""

    config: bytes
    layer: bytes
    manifest: bytes

    @classmethod
    def of(cls, content: str) -> "SmallImage":
        """A Debian without packages, which a scan can read, and one file with this content."""
        archive = _tar({"content": content.encode(), "etc/os-release": _RELEASE, "var/lib/dpkg/status": b""})
        layer = _stored(archive)
        rootfs = {"type": "layers", "diff_ids": [manifests.digest_of(archive)]}
        config = _json({"architecture": "amd64", "os": "linux", "created": _CREATED, "config": {}, "rootfs": rootfs})
        body = {
            "schemaVersion": 2,
            "mediaType": manifests.OCI,
            "config": _descriptor(_CONFIG, config),
            "layers": [_descriptor(_LAYER, layer)],
        }
        return cls(config, layer, _json(body))


def _json(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _descriptor(media_type: str, data: bytes) -> dict[str, str | int]:
    return {"mediaType": media_type, "digest": manifests.digest_of(data), "size": len(data)}


def _tar(files: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return archive.getvalue()


def _stored(data: bytes) -> bytes:
    """Gzip without compression: each zlib compresses differently, and the digest is to be the same everywhere."""
    blocks = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)]
    parts = [_GZIP]
    for number, block in enumerate(blocks, 1):
        size = len(block)
        last = number == len(blocks)
        parts += [bytes([last]), size.to_bytes(2, "little"), (size ^ 0xFFFF).to_bytes(2, "little"), block]
    tail = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join(parts) + tail


def push(world: "World", registry: "tuple[str, str]", name: str, tag: str | None, content: str | None) -> str:
    """Push a small image as one transaction: both blobs, then the manifest; its digest.

    `registry` is (account, region). The repository is made where it is missing. Raises InvalidParameterException and
    what a push may be refused with.
    """
    _check(name, tag)
    image = SmallImage.of(f"{name}:{tag or ''}" if content is None else content)
    return world.transact(lambda: _put(_repository(world, registry, name), image, tag))


def _check(name: str, tag: str | None) -> None:
    """What AWS's model refuses before a call is one."""
    fault = names.repository_fault(name)
    if fault is not None:
        raise InvalidParameterException("repositoryName", fault)
    fault = None if tag is None else names.tag_fault(tag)
    if fault is not None:
        raise InvalidParameterException("imageTag", fault)


def _repository(world: "World", registry: "tuple[str, str]", name: str) -> "Repository":
    """The repository; a missing one is made by its creation template, else with AWS's defaults."""
    found = world.of(Registry, *registry).existing(name)
    if found is not None:
        return found
    templates = world.of(Templates, *registry)
    if templates.chosen(name, CREATE_ON_PUSH) is not None:
        return templates.create(name, CREATE_ON_PUSH)
    return world.of(Registry, *registry).create(RepositoryRow(name, world.clock.now()))


def _put(repository: "Repository", image: SmallImage, tag: str | None) -> str:
    for blob in (image.config, image.layer):
        repository.of(Layers).store(Content(len(blob), blob, None), sha256(blob).hexdigest(), None)
    manifest = manifests.parse(image.manifest, manifests.OCI, closed=True)
    return Push(repository, pusher=repository.key.account).put(manifest, tag).image.digest
