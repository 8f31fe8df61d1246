"""What is known of an image, how is one named, and what becomes of a batch item about it?"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ecrmock.base.store import Kind

TagStatus = Literal["TAGGED", "UNTAGGED", "ANY"]


@dataclass(frozen=True, slots=True)
class Image:
    """One manifest in one repository; the bytes are in the content store."""

    digest: str
    """The sha256 of the bytes; of a signed schema 1 manifest, that of the text under its signatures."""
    sha256: str
    """The hex under which the content store has the bytes."""
    media_type: str
    pushed_at: float
    number: int
    """Push order."""
    size: int
    """Bytes of config and layers; of an index, of the largest image in it."""
    tags: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    """Layers of this repository that it uses."""
    missing: tuple[tuple[str, str], ...] = ()
    """(digest, media type) of blobs that were not here, which only a lenient world admits."""
    children: tuple[str, ...] = ()
    subject: str | None = None
    artifact_type: str | None = None
    aliases: tuple[str, ...] = ()
    """Further names, e.g. the sha512 under which it was pushed."""
    first: str | None = None
    """The further name by which it was first put, which the docker door shows for its tags."""
    status: str = "ACTIVE"
    """ACTIVE, ARCHIVED, or ACTIVATING on the way back."""
    pulled_at: float | None = None
    archived_at: float | None = None
    activated_at: float | None = None


IMAGES: Kind[Image] = Kind(
    "images",
    Image,
    pushed=lambda image: [(image.number,)],
    tag=lambda image: [(tag,) for tag in image.tags],
    child=lambda image: [(child,) for child in image.children],
    alias=lambda image: [(name,) for name in image.aliases],
    archived=lambda image: [(blob,) for blob in image.blobs] if image.status != "ACTIVE" else [],
    missing=lambda image: [(digest,) for digest, _ in image.missing],
    subject=lambda image: [(image.subject,)] if image.subject else [],
)


class ImageId(NamedTuple):
    """How a caller names an image: by digest, by tag, or by both, which must agree."""

    digest: str | None = None
    tag: str | None = None


class Named(NamedTuple):
    """An image under one of its tags (or none)."""

    image: Image
    tag: str | None


class Failure(NamedTuple):
    """What a batch operation tells of an item that it cannot serve; nothing is raised (facts/api E52 to E60)."""

    code: str
    reason: str

    @classmethod
    def not_found(cls) -> "Failure":
        """facts/api E52 (observed)."""
        return cls("ImageNotFound", "Requested image not found")

    @classmethod
    def archived(cls) -> "Failure":
        """facts/api E60 (observed as the text of a refused pull)."""
        return cls("ImageInaccessible", "The requested image is in an inaccessible state. Please restore if needed")

    @classmethod
    def held(cls, parents: list[str]) -> "Failure":
        """facts/api E53 (observed); several lists are separated by a comma and a blank (inferred)."""
        listed = ", ".join(parents)
        return cls("ImageReferencedByManifestList", f"Requested image referenced by manifest list: [{listed}]")


class Put(NamedTuple):
    """What PutImage did; the doors phrase Unchanged differently (decisions 3)."""

    kind: Literal["Added", "TagAdded", "TagMoved", "Unchanged"]
    image: Image


def image_id(item: "dict[str, Any]") -> ImageId:
    """The id in a request's ImageIdentifier."""
    return ImageId(item.get("imageDigest"), item.get("imageTag"))
