"""What does a manifest say? Bytes and a media type become a Manifest, or ECR's refusal."""

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

from ecrmock.base.jsons import loads
from ecrmock.domain import names
from ecrmock.domain.images import schema1
from ecrmock.errors.ecr import InvalidParameterException

SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
IMAGES = frozenset({SCHEMA1, SCHEMA1_SIGNED, DOCKER, OCI})
INDEXES = frozenset({DOCKER_LIST, OCI_INDEX})
KNOWN = IMAGES | INDEXES
DEFAULT_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
# what a client sends that has no better idea; the body decides then
_VAGUE = frozenset({"", "application/json", "application/octet-stream", "text/plain"})

_NO_LAYERS_HINT = "lenient admits a manifest without layers"
# which members ECR admits, per position (facts/registry 2.7: closed lists; annotations on a config were refused)
_DESCRIPTOR = frozenset({"mediaType", "size", "digest", "urls", "annotations", "data", "artifactType"})
_CLOSED = {
    "top": frozenset(
        {"schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"}
    ),
    "config": frozenset({"mediaType", "size", "digest", "data"}),
    "layers": _DESCRIPTOR,
    "manifests": _DESCRIPTOR | {"platform"},
    "subject": _DESCRIPTOR,
}


class Descriptor(NamedTuple):
    """A reference from a manifest to content."""

    media_type: str
    digest: str
    size: int
    foreign: bool = False
    """Fetched from elsewhere, so never uploaded (`urls`, foreign or non-distributable types)."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest, read once; its bytes are kept exactly as pushed and named by their sha256.

    A signed schema 1 manifest is named by the sha256 of the text under its signatures (facts/registry 2.9.2).
    """

    data: bytes
    media_type: str
    digest: str
    blobs: tuple[Descriptor, ...] = ()
    """Config first, then the layers in order."""
    layers: int = 0
    """How many of the blobs are layers."""
    children: tuple[str, ...] = ()
    subject: str | None = None
    artifact_type: str | None = None
    """`artifactType`, else the config's media type; None for an index without one."""
    kept: str | None = None
    """The digest of the bytes, where they are named by another."""

    @property
    def sha256(self) -> str:
        """The hex under which the content store keeps the bytes."""
        return (self.kept or self.digest).partition(":")[2]

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests."""
        return self.media_type in INDEXES


def parse(data: bytes, media_type: str | None, *, closed: bool, lenient: bool = False) -> Manifest:
    """Read a manifest (facts/api 9.1, step 2).

    `closed` asks for ECR's strictness (decisions 3): known members only, at least one layer. A `lenient` world admits
    placeholders: no layer, a config whose digest is none. Raises InvalidParameterException.
    """
    try:
        body = loads(data)
    except ValueError as fault:
        raise _because(f"the manifest is no JSON: {fault}") from None
    if not isinstance(body, dict):
        raise _because("the manifest is no object")
    kind = _kind(body, media_type)
    reader = _ManifestReader(body, closed=closed, lenient=lenient)
    if kind in {SCHEMA1, SCHEMA1_SIGNED}:
        return reader.schema1(data, kind)
    return reader.index(data, kind) if kind in INDEXES else reader.image(data, kind)


def _kind(body: dict[str, Any], announced: str | None) -> str:
    """The media type: as announced, else the manifest's own, else schema 1; a contradiction is refused."""
    own = body.get("mediaType")
    announced = (announced or "").partition(";")[0].strip()
    if announced in _VAGUE:
        announced = ""
    if own is None and not announced and body.get("schemaVersion") == 1:
        return SCHEMA1_SIGNED if "signatures" in body else SCHEMA1
    kind = announced or own
    if not isinstance(kind, str) or kind not in KNOWN or (own is not None and own != kind):
        raise _because(f"mediaType is {own!r}, announced as {announced!r}: one that is known is needed, and one alone")
    return kind


class _ManifestReader:
    """Reads the members of one manifest; every fault is ECR's one sentence."""

    def __init__(self, body: dict[str, Any], *, closed: bool, lenient: bool) -> None:
        self.body = body
        self.closed = closed
        self.lenient = lenient

    def image(self, data: bytes, kind: str) -> Manifest:
        self._version(2)
        self._no("manifests")
        config = self._descriptor(self.body.get("config"), "config")
        layers = self._descriptors("layers")
        if self.closed and not layers and not self.lenient:
            raise InvalidParameterException.no_layers().because(_NO_LAYERS_HINT)
        return Manifest(
            data,
            kind,
            digest_of(data),
            blobs=(config, *layers),
            layers=len(layers),
            subject=self._subject(),
            artifact_type=self._artifact_type() or config.media_type,
        )

    def index(self, data: bytes, kind: str) -> Manifest:
        self._version(2)
        self._no("layers")
        self._no("config")
        children = self._descriptors("manifests")
        return Manifest(
            data,
            kind,
            digest_of(data),
            children=tuple(dict.fromkeys(child.digest for child in children)),
            subject=self._subject(),
            artifact_type=self._artifact_type(),
        )

    def schema1(self, data: bytes, kind: str) -> Manifest:
        self._version(1)
        rows, history = self.body.get("fsLayers"), self.body.get("history")
        if not isinstance(rows, list) or not isinstance(history, list) or len(rows) != len(history):
            raise _because("fsLayers and history are lists of one length")
        found = [self._blob_sum(row) for row in rows]
        if self.closed and not found and not self.lenient:
            raise InvalidParameterException.no_layers().because(_NO_LAYERS_HINT)
        blobs = tuple(Descriptor(DEFAULT_LAYER_TYPE, text, -1) for text in dict.fromkeys(found))
        try:
            payload = schema1.payload(data, self.body)
        except ValueError:
            raise _because("its signatures cannot be read") from None
        kept = None if payload is data else digest_of(data)
        return Manifest(data, kind, digest_of(payload), blobs=blobs, layers=len(blobs), kept=kept)

    def _blob_sum(self, row: object) -> str:
        text = row.get("blobSum") if isinstance(row, dict) else None
        if not isinstance(text, str) or names.digest(text) is None:
            raise _because(f"blobSum {text!r} is no digest")
        return text

    def _version(self, wanted: int) -> None:
        version = self.body.get("schemaVersion")
        strange = self.closed and wanted > 1 and not _CLOSED["top"].issuperset(self.body)
        if version != wanted or isinstance(version, bool):
            raise _because(f"schemaVersion is {version!r}, not {wanted}")
        if strange:
            raise _because(f"ECR knows no {', '.join(sorted(self.body.keys() - _CLOSED['top']))} in a manifest")
        annotations = self.body.get("annotations")
        if annotations is not None and not _texts(annotations):
            raise _because("annotations are texts")

    def _no(self, member: str) -> None:
        """One document must not read as two kinds (OCI image-spec, manifest.md)."""
        if member in self.body:
            raise _because(f"a manifest of this media type has no {member}")

    def _descriptors(self, member: str) -> list[Descriptor]:
        rows = self.body.get(member)
        if not isinstance(rows, list):
            raise _because(f"{member} is no list")
        return [self._descriptor(row, member) for row in rows]

    def _descriptor(self, row: object, position: str) -> Descriptor:
        if not isinstance(row, dict):
            raise _because(f"{position} holds no descriptor")
        if self.closed and not _CLOSED[position].issuperset(row):
            raise _because(f"ECR knows no {', '.join(sorted(row.keys() - _CLOSED[position]))} in {position}")
        kind, text, size = row.get("mediaType"), row.get("digest"), row.get("size")
        if not isinstance(kind, str):
            raise _because(f"mediaType in {position} is {kind!r}")
        placeholder = self.lenient and position == "config"
        if not isinstance(text, str) or (names.digest(text) is None and not placeholder):
            raise _because(f"digest in {position} is {text!r}, which is no digest")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise _because(f"size in {position} is {size!r}")
        foreign = position == "layers" and (
            bool(row.get("urls")) or ".foreign." in kind or ".nondistributable." in kind
        )
        return Descriptor(kind, text, size, foreign)

    def _subject(self) -> str | None:
        row = self.body.get("subject")
        return None if row is None else self._descriptor(row, "subject").digest

    def _artifact_type(self) -> str | None:
        kind = self.body.get("artifactType")
        if kind is not None and not isinstance(kind, str):
            raise _because("artifactType is no text")
        return kind or None


def _because(hint: str) -> InvalidParameterException:
    """ECR's one sentence, which also stands for JSON that is fine, and beside it what is meant."""
    return InvalidParameterException.invalid_json().because(hint)


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def digest_of(data: bytes) -> str:
    """The sha256 of bytes, as a digest."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
