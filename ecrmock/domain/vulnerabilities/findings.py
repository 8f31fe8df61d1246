"""What does a scan find? Packages, and what is known to be wrong with them, before either engine words it."""

from dataclasses import dataclass
from typing import Any

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
"""Worst first, in the words of basic scanning; enhanced scanning says UNTRIAGED for UNDEFINED.

See facts/automation 2.4.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package, as its distribution's database has it."""

    kind: str
    """deb, apk or rpm."""
    name: str
    version: str
    """Whole, with epoch and release, in the distribution's own form."""
    arch: str = ""
    source: str = ""
    """The source package that it was built from; its own name where the database names none."""
    source_version: str = ""
    layer: str = ""
    """Digest of the layer whose database was read."""


@dataclass(frozen=True, slots=True)
class Score:
    """One CVSS score."""

    version: str
    """2.0, 3.0, 3.1 or 4.0."""
    score: float
    vector: str
    source: str = "NVD"


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerability of one package (or of none, where a user only counts)."""

    name: str
    """Mostly a CVE."""
    severity: str
    """One of SEVERITIES."""
    package: str = ""
    version: str = ""
    fixed: str | None = None
    description: str = ""
    title: str = ""
    uri: str = ""
    source: str = ""
    """Who says so, e.g. NVD or DEBIAN_CVE."""
    scores: tuple[Score, ...] = ()
    manager: str = "OS"
    """OS, NPM, PIP, GOMOD, JAR ... (Inspector's packageManager)."""
    arch: str = ""
    path: str = ""
    layer: str = ""
    references: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, str, str]:
        """Worst first, then by name (inferred, facts/automation 2.4)."""
        return SEVERITIES.index(self.severity), self.name, self.package


@dataclass(frozen=True, slots=True)
class Given:
    """A finding in the wire form of one engine, as a user set it: shown as it is."""

    body: dict[str, Any]
    """A member of `findings` or of `enhancedFindings`."""
