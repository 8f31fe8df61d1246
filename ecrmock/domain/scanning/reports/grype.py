"""Grype's JSON, as its own presenter's tests keep it."""

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

NAME = "Grype JSON"
_SYSTEM = frozenset({"deb", "rpm", "apk"})
_VERSIONS = frozenset({"2.0", "3.0", "3.1", "4.0"})


def is_one(document: dict[str, Any]) -> bool:
    """Has it what only this form has?"""
    return "matches" in document and ("source" in document or "descriptor" in document)


def read(document: dict[str, Any]) -> list[Report]:
    """Its one report."""
    target = (document.get("source") or {}).get("target")
    image = target if isinstance(target, dict) else {}  # a text for a folder
    names = [text(image.get("manifestDigest")), *listed(image.get("repoDigests")), text(image.get("imageID"))]
    found = [_finding(said) for said in listed(document["matches"])]
    return [
        Report(
            digests(names),
            ranked(found),
            ranked(finding for finding in found if finding.manager == "OS"),
            layers=digests(layer["digest"] for layer in listed(image.get("layers"))),
        )
    ]


def _finding(said: dict[str, Any]) -> Finding:
    """A match; what a distribution's record leaves out is in the related record of the same CVE."""
    vulnerability, artifact = said["vulnerability"], said["artifact"]
    related = [each for each in listed(said.get("relatedVulnerabilities")) if isinstance(each, dict)]
    name, package, kind = text(vulnerability["id"]), text(artifact["name"]), text(artifact.get("type"))
    same = next((each for each in related if each.get("id") == name), related[0] if related else {})
    location: dict[str, Any] = next(iter(listed(artifact.get("locations"))), {})
    urls = listed(vulnerability.get("urls")) + listed(same.get("urls"))
    rated_by = text(vulnerability.get("namespace")).split(":")[0]
    return Finding(
        name,
        severities.by_word(vulnerability.get("severity")) or "UNDEFINED",
        package,
        text(artifact.get("version")),
        _fixed(said),
        description=text(vulnerability.get("description")) or text(same.get("description")),
        title=f"{name} - {package}",
        uri=text(vulnerability.get("dataSource")) or text(same.get("dataSource")),
        source=source(rated_by),
        scores=tuple(_scores(vulnerability)) or tuple(_scores(same)),
        manager="OS" if kind in _SYSTEM else manager(kind),
        arch=arch_in(artifact.get("purl")),
        path=text(location.get("path")),
        layer=text(location.get("layerID")),
        references=tuple(dict.fromkeys(map(text, urls))),
        related=tuple(dict.fromkeys(text(each["id"]) for each in related if each["id"] != name)),
    )


def _fixed(said: dict[str, Any]) -> str | None:
    """The version that Grype itself suggests for this one (newer reports say so), else the first that it names."""
    for detail in listed(said.get("matchDetails")):
        if version := (detail.get("fix") or {}).get("suggestedVersion"):
            return text(version)
    return text(next(iter(listed((said["vulnerability"].get("fix") or {}).get("versions"))), None)) or None


def _scores(said: dict[str, Any]) -> Iterator[Score]:
    for each in listed(said.get("cvss")):
        number = (each.get("metrics") or {}).get("baseScore")
        if number is not None and each.get("version") in _VERSIONS:
            who = text(each.get("source")).split("@")[0]
            yield Score(each["version"], score(number), text(each.get("vector")), source(who))
