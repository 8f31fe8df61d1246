"""Which packages does an image hold? Read out of its layers, as a scanner does (part B, 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecrmock.domain.findings import Package
from ecrmock.domain.inventory import os_release
from ecrmock.domain.inventory.layers import LayerSource, UnsupportedImageError

__all__ = ["Inventory", "LayerSource", "UnsupportedImageError", "read"]


@dataclass(frozen=True, slots=True)
class Inventory:
    """The distribution and its installed packages."""

    os: str
    """ID of os-release: debian, alpine, amzn ...; "" where the image has none."""
    version: str
    """VERSION_ID: 12, 3.20.3, 2023 ...; "" where there is none."""
    packages: tuple[Package, ...]

    @property
    def platform(self) -> str:
        """As Inspector names it: DEBIAN_12, ALPINE_LINUX_3_20, AMAZON_LINUX_2023; "" where unknown."""
        return os_release.platform(os_release.Release(self.os, self.version))


def read(layers: Sequence[LayerSource]) -> Inventory:
    """The packages of an image from its layers, bottom first; UnsupportedImageError says why there are none."""
    raise NotImplementedError
