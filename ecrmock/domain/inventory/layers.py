"""Which of a few files does an image have, when its layers lie on each other?"""

from collections.abc import Callable
from typing import BinaryIO, NamedTuple


class UnsupportedImageError(Exception):
    """This image cannot be read; the text says why."""


class LayerSource(NamedTuple):
    """One layer, as it is stored."""

    digest: str
    media_type: str
    open: Callable[[], BinaryIO]
    """Its bytes from the start, compressed as they are; whoever calls closes."""
