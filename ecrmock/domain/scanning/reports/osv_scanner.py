"""OSV-Scanner's JSON: packages with OSV's own records."""

from collections.abc import Iterator
from typing import Any

from ecrmock.domain.scanning.reports.report import (
    Report,
    bounded,
    listed,
    manager,
    ranked,
    score,
    source,
    text,
)
from ecrmock.domain.vulnerabilities import osv, severities, versions
from ecrmock.domain.vulnerabilities.ecosystems import resolve
from ecrmock.domain.vulnerabilities.findings import Finding

NAME = "OSV-Scanner JSON"
_MOST_RELATED = 100
"""Other names of a vulnerability that are kept for each of its names."""
_LONGEST = 256
"""Of a version that is compared, as of a distribution's."""
_CLASSES = {
    "npm": "SemverVersion",
    "crates.io": "SemverVersion",
    "PyPI": "PypiVersion",
    "Go": "GolangVersion",
    "Maven": "MavenVersion",
    "RubyGems": "RubygemsVersion",
    "NuGet": "NugetVersion",
    "Packagist": "ComposerVersion",
}
"""Of univers: how the versions of languages' packages are ordered."""


def is_one(document: dict[str, Any]) -> bool:
    """Has it what only this form has?"""
    results = document.get("results")
    return isinstance(results, list) and all(isinstance(each, dict) and "packages" in each for each in results)


def read(document: dict[str, Any]) -> list[Report]:
    """Its one report; it names no image, at most the digests of unpacked layers."""
    layers = [text(each.get("diff_id")) for each in _layers(document)]
    found = bounded(_all(document, layers))
    return [
        Report(
            (),
            ranked(found),
            ranked(finding for finding in found if finding.manager == "OS"),
            layers=tuple(layer for layer in layers if layer),
        )
    ]


def _all(document: dict[str, Any], layers: list[str]) -> Iterator[Finding]:
    for result in listed(document["results"]):
        path = text((result.get("source") or {}).get("path"))
        for said in listed(result["packages"]):
            yield from _findings(said, path, layers)


def _layers(document: dict[str, Any]) -> list[dict[str, Any]]:
    return listed((document.get("image_metadata") or {}).get("layer_metadata"))


def _findings(said: dict[str, Any], path: str, layers: list[str]) -> Iterator[Finding]:
    """Findings of one package, one a name: of a CVE and the update that fixes it the first is kept."""
    package = said["package"]
    ecosystem, version = text(package["ecosystem"]), text(package.get("version"))
    distribution = resolve(ecosystem)
    index = (package.get("image_origin_details") or {}).get("index")
    seen: set[str] = set()
    rated = _by_group(said)
    for vulnerability in listed(said.get("vulnerabilities")):
        record = osv.record({"affected": [], **vulnerability})
        scores = osv.scores_of(vulnerability.get("severity"))
        word = osv.severity_word(_affected(vulnerability, package), vulnerability) or severities.by_score(scores)
        for name in (each for each in record.names if each not in seen):
            seen.add(name)
            shown = text(package.get("os_package_name")) or text(package["name"])
            yield Finding(
                name,
                word or rated.get(record.id) or "UNDEFINED",
                shown,
                version,
                _fixed(vulnerability, package),
                description=record.description,
                title=f"{name} - {shown}",
                uri=record.uri or f"https://osv.dev/vulnerability/{record.id}",
                source=distribution.family.source if distribution else source("ghsa" if "GHSA" in record.id else "osv"),
                scores=scores,
                manager="OS" if distribution else manager(ecosystem.split(":")[0]),
                path="" if distribution else path,
                layer=layers[index] if isinstance(index, int) and 0 <= index < len(layers) else "",
                references=record.references,
                related=tuple(each for each in record.related[:_MOST_RELATED] if each != name),
            )


def _affected(vulnerability: dict[str, Any], package: dict[str, Any]) -> dict[str, Any]:
    """What the record says of this very package; {} where it says nothing."""
    for each in listed(vulnerability.get("affected")):
        named = each.get("package") or {}
        if (named.get("ecosystem"), named.get("name")) == (package["ecosystem"], package["name"]):
            return dict(each)
    return {}


def _by_group(said: dict[str, Any]) -> dict[str, str]:
    """For each record the word for the highest score that OSV-Scanner found in its group; the first group counts."""
    found: dict[str, str] = {}
    for group in listed(said.get("groups")):
        if group.get("max_severity"):
            word = severities.by_number(score(group["max_severity"]))
            for own in map(text, listed(group.get("ids"))):
                found.setdefault(own, word)
    return found


def _fixed(vulnerability: dict[str, Any], package: dict[str, Any]) -> str | None:
    """The lowest fixed version above the installed one; the first named where their order is not known."""
    named = [
        text(event["fixed"])
        for each in listed(_affected(vulnerability, package).get("ranges"))
        if each.get("type") != "GIT"
        for event in listed(each.get("events"))
        if "fixed" in event
    ]
    if len(named) < 2:  # noqa: PLR2004 (nothing to choose)
        return next(iter(named), None)
    best = named[0]
    try:
        above = [each for each in named if _order(package, text(package.get("version")), each) < 0]
        for each in above:
            best = each if best not in above or _order(package, each, best) < 0 else best
    except ValueError:
        return named[0]
    return best


def _order(package: dict[str, Any], first: str, second: str) -> int:
    ecosystem = text(package["ecosystem"])
    if distribution := resolve(ecosystem):
        return versions.compare(distribution.family.kind, first, second)
    versions.need_univers()
    from univers import versions as languages  # noqa: PLC0415 (of an extra)

    kind = getattr(languages, _CLASSES.get(ecosystem.split(":")[0], ""), None)
    if kind is None:
        raise ValueError(f"the order of {ecosystem} versions is not known")
    if max(len(first), len(second)) > _LONGEST:
        raise ValueError("a version is too long")
    one, other = kind(first), kind(second)
    return int(one > other) - int(one < other)
