"""Which packages does an image hold? Read out of its layers, as a scanner does (facts/automation 2.5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory import apk, dpkg, os_release, rpm
from ecrmock.domain.vulnerabilities.inventory.budget import Budget, Limits
from ecrmock.domain.vulnerabilities.inventory.entries import bounded
from ecrmock.domain.vulnerabilities.inventory.layers import Places, View, look
from ecrmock.domain.vulnerabilities.inventory.refusals import OverBudgetError, UnsupportedImageError
from ecrmock.domain.vulnerabilities.inventory.streams import LayerSource

__all__ = ["Inventory", "LayerSource", "Limits", "OverBudgetError", "UnsupportedImageError", "read"]

_RELEASES = ("etc/os-release", "usr/lib/os-release")
"""The first is mostly a link to the second."""
_DATABASES = {dpkg.STATUS: dpkg.read, **dict.fromkeys(apk.FILES, apk.read), **dict.fromkeys(rpm.FILES, rpm.read)}
_LOGS = frozenset(f"{path}-wal" for path in rpm.FILES)
_PLACES = Places(frozenset({*_RELEASES, *_DATABASES}), noted=_LOGS | rpm.OLD.keys(), folder=dpkg.FOLDER)


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


def read(layers: Sequence[LayerSource], limits: Limits = Limits()) -> Inventory:  # noqa: B008 (a constant)
    """The packages of an image from its layers, bottom first; UnsupportedImageError says why there are none."""
    budget = Budget(limits)
    view = look(layers, _PLACES, _enough, budget)
    databases = [path for path in _DATABASES if view.data(path) is not None]
    single = [path for path in view.entries if path.startswith(f"{dpkg.FOLDER}/") and not path.endswith(".md5sums")]
    if not databases and not single:
        raise UnsupportedImageError(_why_none(view))
    release = os_release.read(next((data for path in _RELEASES if (data := view.data(path)) is not None), b""))
    packages = bounded(_packages(view, databases, sorted(single), budget), "the image")
    return Inventory(release.os, release.version, packages)


def _packages(view: View, databases: list[str], single: list[str], budget: Budget) -> Iterator[Package]:
    for path in databases:
        budget.wait()
        if (log := view.entries.get(f"{path}-wal")) and log.size:
            raise UnsupportedImageError(f"{path}-wal holds changes that were never written to {path}")
        yield from _DATABASES[path](view.data(path) or b"", view.entries[path].layer)
    for path in single:
        budget.wait()
        yield from dpkg.read(view.data(path) or b"", view.entries[path].layer, one=True)


def _enough(view: View) -> bool:
    """A database and the release are known; one file a package may go on in any layer."""
    first, second = _RELEASES
    known = view.data(first) is not None or (view.decides(first) and view.data(second) is not None)
    several = any(path.startswith(f"{dpkg.FOLDER}/") for path in view.entries)
    return known and not several and any(view.data(path) is not None for path in _DATABASES)


def _why_none(view: View) -> str:
    for path, kind in rpm.OLD.items():
        if path in view.entries:
            return f"the RPM database {path} is in the {kind} format; only rpmdb.sqlite is read"
    for path in _DATABASES:
        if (entry := view.entries.get(path)) and entry.target is not None:
            return f"the package database {path} is a link to {entry.target[:200]!r} or no file; links are not followed"
    return "no layer holds a package database of dpkg, apk or rpm"
