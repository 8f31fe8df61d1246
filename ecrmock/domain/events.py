"""What can happen? Facts that a domain verb publishes inside its transaction; listeners write what is due."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

E = TypeVar("E", bound="Event")


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a repository."""

    account: str
    region: str
    repository: str


@dataclass(frozen=True, slots=True)
class RepositoryCreated(Event):
    """A repository exists now."""


@dataclass(frozen=True, slots=True)
class RepositoryDeleted(Event):
    """A repository is gone, with everything in it."""


@dataclass(frozen=True, slots=True)
class UploadStarted(Event):
    """An upload waits for bytes."""

    upload: str


@dataclass(frozen=True, slots=True)
class UploadEnded(Event):
    """An upload became a layer, was cancelled, or went with its repository."""

    upload: str


@dataclass(frozen=True, slots=True)
class LayerStored(Event):
    """A layer is complete; no image uses it yet."""

    digest: str


@dataclass(frozen=True, slots=True)
class ImagePushed(Event):
    """A manifest was stored, or a tag was put on one; `tag` is None for a push by digest."""

    digest: str
    tag: str | None
    media_type: str
    artifact_type: str | None


@dataclass(frozen=True, slots=True)
class ImageDeleted(Event):
    """An image or one of its tags went; `tag` is the tag that went, `whole` whether the image did."""

    digest: str
    tag: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class ImagePulled(Event):
    """A manifest was handed out."""

    digest: str
    tag: str | None


class Bus:
    """Who listens to what; listeners run at once, in the transaction of the verb."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        """Have no listeners."""
        self._listeners: dict[type[Event], list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call the listener for each event of this kind; it may only write rows."""
        self._listeners.setdefault(kind, []).append(listener)

    def publish(self, event: Event) -> None:
        """Tell the listeners."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)
