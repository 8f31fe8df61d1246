"""Trivy's JSON (SchemaVersion 2), as its own integration tests keep it."""

from collections.abc import Iterator
from typing import Any

from ecrmock.domain.scanning.reports.report import (
    Report,
    arch_in,
    digests,
    listed,
    manager,
    ranked,
    score,
    source,
    text,
)
from ecrmock.domain.vulnerabilities import severities
from ecrmock.domain.vulnerabilities.findings import Finding, Score

NAME = "Trivy JSON"
_SCORES = (("V3", "3.1"), ("V40", "4.0"), ("V2", "2.0"))


def is_one(document: dict[str, Any]) -> bool:
    """Has it what only this form has?"""
    return "SchemaVersion" in document and ("Results" in document or "ArtifactName" in document)


def read(document: dict[str, Any]) -> list[Report]:
    """Its one report."""
    if document["SchemaVersion"] != 2:  # noqa: PLR2004 (said by Trivy since 0.20)
        raise ValueError(f"Trivy JSON of SchemaVersion 2 is read, not {document['SchemaVersion']!r}")
    about = document.get("Metadata") or {}
    system: list[Finding] = []
    others: list[Finding] = []
    for result in listed(document.get("Results")):
        of_system = result.get("Class") == "os-pkgs"
        kind = "OS" if of_system else manager(text(result.get("Type")))
        for said in listed(result.get("Vulnerabilities")):
            (system if of_system else others).append(_finding(said, kind, text(result.get("Target"))))
    layers = [(each.get("Digest") or each.get("DiffID")) for each in listed(about.get("Layers"))]
    return [
        Report(
            digests([*listed(about.get("RepoDigests")), text(about.get("ImageID"))]),
            ranked(system + others),
            ranked(system),
            layers=digests(layers),
        )
    ]


def _finding(said: dict[str, Any], kind: str, target: str) -> Finding:
    name, package = text(said["VulnerabilityID"]), text(said["PkgName"])
    layer = said.get("Layer") or {}
    return Finding(
        name,
        severities.by_word(said.get("Severity")) or "UNDEFINED",
        package,
        text(said.get("InstalledVersion")),
        text(said.get("FixedVersion")) or None,
        description=text(said.get("Description")),
        title=text(said.get("Title")) or f"{name} - {package}",
        uri=text(said.get("PrimaryURL")),
        source=source(text(said.get("SeveritySource")) or text((said.get("DataSource") or {}).get("ID"))),
        scores=tuple(_scores(said.get("CVSS") or {})),
        manager=kind,
        arch=arch_in((said.get("PkgIdentifier") or {}).get("PURL")),
        path=text(said.get("PkgPath")) or ("" if kind == "OS" else target),
        layer=text(layer.get("Digest")) or text(layer.get("DiffID")),
        references=tuple(map(text, listed(said.get("References")))),
        related=tuple(map(text, listed(said.get("VendorIDs")))),
    )


def _scores(said: dict[str, Any]) -> Iterator[Score]:
    """NVD's scores; where it has none, the first other's."""
    who = "nvd" if "nvd" in said else next(iter(sorted(said)), None)
    if who is None:
        return
    for prefix, version in _SCORES:
        vector, number = text(said[who].get(f"{prefix}Vector")), said[who].get(f"{prefix}Score")
        if number is not None:
            given = vector.split("/")[0].removeprefix("CVSS:")
            yield Score(given if given in {"3.0", "3.1", "4.0"} else version, score(number), vector, source(who))
