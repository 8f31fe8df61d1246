"""One report, and what all forms share in reading one."""

import itertools
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ecrmock.domain.vulnerabilities.findings import Finding, Given

_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")
_ARCH = re.compile(r"[?&]arch=([^&]+)")
MOST = 200_000
"""Findings of a report: a few bytes can be many of them, where lists in it multiply."""
_MANAGERS = {
    "NODE_PKG": "NODEPKG",
    "PYTHON_PKG": "PYTHONPKG",
    "PYTHON": "PYTHONPKG",
    "PYPI": "PIP",
    "UV": "PIP",
    "PNPM": "NPM",
    "BUN": "NPM",
    "GO": "GOMOD",
    "GO_MODULE": "GOMOD",
    "JAVA_ARCHIVE": "JAR",
    "MAVEN": "POM",
    "GEM": "GEMSPEC",
    "RUBYGEMS": "GEMSPEC",
    "DOTNET": "NUGET",
    "RUSTBINARY": "CARGO",
    "RUST_CRATE": "CARGO",
    "CRATES_IO": "CARGO",
    "PHP_COMPOSER": "COMPOSER",
    "PACKAGIST": "COMPOSER",
}
_SOURCES = {
    "redhat": "REDHAT_CVE",
    "rhel": "REDHAT_CVE",
    "debian": "DEBIAN_CVE",
    "ubuntu": "UBUNTU_CVE",
    "amazon": "AMAZON_CVE",
    "amzn": "AMAZON_CVE",
    "alpine": "ALPINE_SECDB",
    "ghsa": "GITHUB",
    "github": "GITHUB",
}


class Report(NamedTuple):
    """One scan of one image, as another tool told it."""

    images: tuple[str, ...]
    """Digests by which the report itself names the image, of manifests before that of the config; may be none."""
    findings: tuple[Finding, ...]
    """All of them, worst first: what enhanced scanning shows."""
    operating_system: tuple[Finding, ...]
    """Those of system packages: what basic scanning shows."""
    basic: tuple[Given, ...] = ()
    """Members of `findings`, where the document is a DescribeImageScanFindings answer with such."""
    enhanced: tuple[Given, ...] = ()
    """Members of `enhancedFindings`, where the document is ECR's or Inspector's own."""
    layers: tuple[str, ...] = ()
    """Digests of the layers, lowest first, where the report lists them; some tools name those of unpacked layers."""


def digests(said: Iterable[Any]) -> tuple[str, ...]:
    """The digests in texts such as `alpine@sha256:...`, each once."""
    found = [match[0] for text in said if (match := _DIGEST.search(str(text)))]
    return tuple(dict.fromkeys(found))


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once, worst first."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.rank))


def bounded(findings: Iterable[Finding]) -> list[Finding]:
    """All of them; ValueError for more than any image has."""
    found = list(itertools.islice(findings, MOST + 1))
    if len(found) > MOST:
        raise ValueError(f"it has more than {MOST} findings")
    return found


def arch_in(purl: object) -> str:
    """The architecture in a package URL; "" without."""
    match = _ARCH.search(str(purl or ""))
    return match[1] if match else ""


def manager(kind: str) -> str:
    """A tool's name for a kind of package, as Inspector's packageManager: npm is NPM, java-archive is JAR."""
    name = re.sub(r"[^A-Z0-9]+", "_", kind.upper()).strip("_")
    return _MANAGERS.get(name, name)


def source(said: str) -> str:
    """A tool's name for who rated it, in Inspector's words; NVD for nobody."""
    return _SOURCES.get(said.lower(), said.upper().replace("-", "_") or "NVD")


def listed(said: Any) -> list[Any]:
    """A list that may be absent or null; TypeError for anything else."""
    if said is None:
        return []
    if not isinstance(said, list):
        raise TypeError(f"a list was expected, not {type(said).__name__}")
    return said


def text(said: Any) -> str:
    """A text that may be absent or null; TypeError for anything else."""
    if said is None:
        return ""
    if not isinstance(said, str):
        raise TypeError(f"a text was expected, not {type(said).__name__}")
    return said


def score(said: Any) -> float:
    """A CVSS score, from 0 to 10; ValueError or TypeError for anything else."""
    found = float(said)
    if not 0 <= found <= 10:  # noqa: PLR2004 (the scale)
        raise ValueError(f"{said!r} is no score from 0 to 10")
    return found
