"""Which images does OSV mean by an ecosystem? Its names are in the OSV schema, "Defined Ecosystems"."""

import functools
import re
from typing import NamedTuple

from ecrmock.domain.vulnerabilities.inventory.os_release import Release, series

ANY = "*"
"""Every release of a distribution: an ecosystem without a release, or a distribution that has none."""


_LONGEST = 256
"""Of an ecosystem's name; longer ones are not remembered."""


class Family(NamedTuple):
    """A distribution as advisories know it."""

    ids: tuple[str, ...]
    """`ID` of os-release."""
    kind: str
    """Of its packages: deb, apk, rpm."""
    source: str
    """Who says so, in the words of Inspector; a guess where AWS output is not known."""
    release: re.Pattern[str] = re.compile(r"v?(\d[\w.]*)")
    """How its releases are written; others (paid or long term support, other products) are not the image's."""


_FAMILIES = {
    "Debian": Family(("debian",), "deb", "DEBIAN_CVE"),
    "Ubuntu": Family(("ubuntu",), "deb", "UBUNTU_CVE", re.compile(r"(\d\d\.\d\d)(?::LTS)?")),
    "Alpine": Family(("alpine",), "apk", "ALPINE_SECDB"),
    "Wolfi": Family(("wolfi",), "apk", "WOLFI"),
    "Chainguard": Family(("chainguard", "wolfi"), "apk", "CHAINGUARD"),
    "Red Hat": Family(
        ("rhel", "centos"), "rpm", "REDHAT_CVE", re.compile(r"(?:enterprise_linux:)?(\d+)(?:\.\d+)?(?:::.*)?")
    ),
    "Rocky Linux": Family(("rocky",), "rpm", "ROCKY_CVE"),
    "AlmaLinux": Family(("almalinux",), "rpm", "ALMALINUX_CVE"),
    "Oracle Linux": Family(("ol",), "rpm", "ORACLE_CVE"),
    "Amazon Linux": Family(("amzn",), "rpm", "AMAZON_CVE"),
    "Fedora": Family(("fedora",), "rpm", "FEDORA"),
    "openSUSE": Family(
        ("opensuse-leap", "opensuse-tumbleweed"), "rpm", "SUSE_CVE", re.compile(r"Leap (\d+\.\d+)|(Tumbleweed)")
    ),
    "SUSE": Family(
        ("sles",), "rpm", "SUSE_CVE", re.compile(r"Linux Enterprise (?:Server|Module for [\w -]+?) (\d+)(?: SP(\d))?")
    ),
    "Azure Linux": Family(("azurelinux", "mariner"), "rpm", "AZURE_LINUX"),
    "Photon OS": Family(("photon",), "rpm", "PHOTON"),
    "Mageia": Family(("mageia",), "rpm", "MAGEIA"),
}


class Ecosystem(NamedTuple):
    """An ecosystem with a release, resolved."""

    family: Family
    release: str
    """As `release_of` gives it, or ANY."""


def resolve(name: str) -> Ecosystem | None:
    """What `Debian:12`, `Ubuntu:22.04:LTS`, `Red Hat:enterprise_linux:9::appstream` ... mean; None for others."""
    return _resolved(name) if len(name) <= _LONGEST else None


@functools.lru_cache(1024)
def _resolved(name: str) -> Ecosystem | None:
    said, colon, rest = name.partition(":")
    if said.startswith("Amazon Linux ") and not colon:
        said, rest = "Amazon Linux", said.removeprefix("Amazon Linux ")
    family = _FAMILIES.get(said)
    if family is None:
        return None
    if not rest:
        return Ecosystem(family, ANY)
    match = family.release.fullmatch(rest)
    if match is None:
        return None
    numbers = [part for part in match.groups() if part]
    if numbers == ["Tumbleweed"]:
        return Ecosystem(family._replace(ids=("opensuse-tumbleweed",)), ANY)
    if said == "openSUSE":
        family = family._replace(ids=("opensuse-leap",))
    return Ecosystem(family, ".".join(numbers))


def release_of(os: str, version: str) -> str:
    """The release of an image, as ecosystems name it; "" where os-release says none."""
    return series(Release(os, version))
