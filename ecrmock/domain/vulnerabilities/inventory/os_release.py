"""Which distribution is an image made of, and how does Inspector call it?"""

import re
from typing import NamedTuple

_SAID = re.compile(r"""^\s*([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|(\S*))\s*$""")
_LARGEST = 1 << 16
"""Of the file as far as it is read; real ones have some hundred bytes."""
_NAMES = {
    "amzn": "AMAZON_LINUX",
    "alpine": "ALPINE_LINUX",
    "ol": "ORACLE_LINUX",
    "rocky": "ROCKY_LINUX",
    "almalinux": "ALMALINUX",
    "opensuse-leap": "OPENSUSE_LEAP",
    "sles": "SUSE_SERVER",
}
_MAJOR_ONLY = frozenset({"debian", "rhel", "centos", "ol", "rocky", "almalinux", "azurelinux", "mariner"})
"""Released by their first number; 12.5 is a state of 12, with the same advisories."""


class Release(NamedTuple):
    """What os-release says: `ID` and `VERSION_ID`, in lower case; "" where it says nothing."""

    os: str = ""
    version: str = ""


def read(data: bytes) -> Release:
    """The file's two lines of interest (freedesktop's os-release(5): shell assignments, the last one holds)."""
    said: dict[str, str] = {}
    for line in data[:_LARGEST].decode("utf-8", "replace").splitlines():
        if match := _SAID.match(line):
            said[match[1]] = match[2] or match[3] or match[4] or ""
    return Release(said.get("ID", "").lower()[:64], said.get("VERSION_ID", "").lower()[:64])


def series(release: Release) -> str:
    """The release as advisories name it: 12 for Debian 12.5, 3.20 for Alpine 3.20.3, 9 for Rocky 9.4."""
    parts = release.version.split(".")
    if release.os in _MAJOR_ONLY:
        return parts[0]
    return ".".join(parts[:2]) if release.os == "alpine" else release.version


def platform(release: Release) -> str:
    """DEBIAN_12, AMAZON_LINUX_2 (seen in AWS output), ALPINE_LINUX_3_20, UBUNTU_22_04.

    Guesses, facts/automation 2.5.
    """
    name = _NAMES.get(release.os, release.os.upper())
    return re.sub(r"[^A-Z0-9]+", "_", f"{name}_{series(release).upper()}").strip("_")
