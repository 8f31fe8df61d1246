"""How do findings read on the wire: ECR's own for basic scanning, Inspector's for enhanced? (facts/automation 2.4)."""

import hashlib
from typing import TYPE_CHECKING, Any

from ecrmock.domain import names
from ecrmock.domain.scanning.rules import ENHANCED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecrmock.domain.images.image import Image
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.domain.scanning.finding_forms import Item
    from ecrmock.domain.scanning.records import Scan, ScanResult
    from ecrmock.domain.scanning.rules import ScanConfiguration
    from ecrmock.domain.vulnerabilities.findings import Finding

_LONGEST_VALUE = 256
_NONE = "None Provided"
_ARCHITECTURES = {"X86_64": "AMD64", "AARCH64": "ARM64"}


def configuration(found: "ScanConfiguration") -> dict[str, Any]:
    """A registry scanning configuration."""
    rules = [{"scanFrequency": rule.frequency, "repositoryFilters": filters(rule.filters)} for rule in found.rules]
    return {"scanType": found.engine, "rules": rules}


def filters(patterns: "Sequence[str]") -> list[dict[str, str]]:
    """Filters of scanning rules; there is one type."""
    return [{"filter": pattern, "filterType": "WILDCARD"} for pattern in patterns]


def status(shown: "ScanResult") -> dict[str, str]:
    """Status, and its description where there is one."""
    told = {"status": shown.status}
    return {**told, "description": shown.description} if shown.description else told


def findings(shown: "ScanResult", page: "Sequence[Item]", repository: "Repository", image: "Image") -> dict[str, Any]:
    """One page of findings, with times and counts that repeat on every page; nothing where there are none to tell of.

    Enhanced scanning without any result yet has an empty `findings` and nothing else (observed: aws/aws-cli#6759).
    """
    if shown.findings is None:
        return {}
    if shown.scan is None:
        return {"imageScanFindings": {"findings": []}}
    if shown.engine == ENHANCED:
        listed = {"enhancedFindings": [_enhanced(item, shown.scan, repository, image) for item in page]}
    else:
        listed = {"findings": [_basic(item) for item in page]}
    return {"imageScanFindings": {**summary(shown), **listed}}


def summary(shown: "ScanResult") -> dict[str, Any]:
    """When, with which advisories, and how many of each severity."""
    done = shown.scan.ended_at if shown.scan else 0
    times = {"imageScanCompletedAt": done, "vulnerabilitySourceUpdatedAt": shown.updated_at}
    return {**times, "findingSeverityCounts": shown.counts}


def _basic(item: "Item") -> dict[str, Any]:
    from ecrmock.domain.vulnerabilities.findings import Given  # noqa: PLC0415 (keeps the start light)

    if isinstance(item, Given):
        return item.body
    values = {"package_name": item.package, "package_version": item.version}
    for score in item.scores:
        mark = f"CVSS{score.version[:1]}"
        values.setdefault(f"{mark}_VECTOR", score.vector)
        values.setdefault(f"{mark}_SCORE", f"{score.score:g}" if score.score % 1 else f"{score.score:.1f}")
    members = {"name": item.name, "description": item.description, "uri": item.uri, "severity": item.severity}
    attributes = [{"key": key, "value": value[:_LONGEST_VALUE]} for key, value in values.items() if value]
    return {**{name: value for name, value in members.items() if value}, "attributes": attributes}


def _enhanced(item: "Item", scan: "Scan", repository: "Repository", image: "Image") -> dict[str, Any]:
    from ecrmock.domain.vulnerabilities import severities  # noqa: PLC0415 (keeps the start light)
    from ecrmock.domain.vulnerabilities.findings import Given  # noqa: PLC0415

    if isinstance(item, Given):
        return item.body
    best = severities.first(item.scores)
    fixed = item.fixed is not None
    advice = f"Update {item.package} to {item.fixed}." if fixed and item.package else _NONE
    shown = {
        "awsAccountId": repository.registry_id,
        "description": item.description or _NONE,
        "findingArn": _arn(item, repository, image),
        "firstObservedAt": scan.ended_at,
        "lastObservedAt": scan.ended_at,
        "updatedAt": scan.ended_at,
        "packageVulnerabilityDetails": _details(item, scan),
        "remediation": {"recommendation": {"text": advice}},
        "resources": [_resource(scan, repository, image)],
        "severity": "UNTRIAGED" if item.severity == "UNDEFINED" else item.severity,
        "status": "ACTIVE",
        "title": f"{item.name} - {item.package}" if item.package else item.title or item.name,
        "type": "PACKAGE_VULNERABILITY",
        "fixAvailable": "YES" if fixed else "NO",
        "exploitAvailable": "NO",
    }
    if best is not None:
        shown["score"] = best.score
        scored = {"score": best.score, "scoreSource": best.source, "scoringVector": best.vector}
        shown["scoreDetails"] = {"cvss": {"adjustments": [], **scored, "version": best.version}}
    return shown


def _arn(item: "Finding", repository: "Repository", image: "Image") -> str:
    """The same for the same finding of the same image."""
    what = (repository.arn, image.digest, item.name, item.package, item.version, item.path)
    name = hashlib.sha256("\0".join(what).encode()).hexdigest()[:32]
    region = repository.region
    return f"arn:{names.partition(region)}:inspector2:{region}:{repository.registry_id}:finding/{name}"


def _details(item: "Finding", scan: "Scan") -> dict[str, Any]:
    details: dict[str, Any] = {
        "cvss": [
            {"baseScore": each.score, "scoringVector": each.vector, "source": each.source, "version": each.version}
            for each in item.scores
        ],
        "referenceUrls": list(item.references or ((item.uri,) if item.uri else ())),
        "relatedVulnerabilities": list(item.related),
        "source": item.source or "NVD",
        "sourceUrl": item.uri,
        "vendorSeverity": item.severity,
        "vulnerabilityId": item.name,
        "vulnerablePackages": [_package(item, scan)] if item.package else [],
    }
    absent = {"sourceUrl": not item.uri, "vendorSeverity": item.severity == "UNDEFINED"}
    return {name: value for name, value in details.items() if not absent.get(name)}


def _package(item: "Finding", scan: "Scan") -> dict[str, Any]:
    """A package with its version taken apart: epoch, version, and what follows the last hyphen.

    See facts/automation 2.4.
    """
    epoch, version, release = 0, item.version, ""
    if item.manager == "OS":
        before, mark, rest = version.partition(":")
        if mark and before.isascii() and before.isdigit() and len(before) < 10:  # noqa: PLR2004 (a 32-bit integer)
            epoch, version = int(before), rest
        front, mark, back = version.rpartition("-")
        if mark:
            version, release = front, back
    optional = {"release": release, "filePath": item.path, "sourceLayerHash": item.layer}
    return {
        "arch": _architecture(item.arch or scan.architecture),
        "epoch": epoch,
        "name": item.package,
        "packageManager": item.manager,
        "version": version,
        "fixedInVersion": item.fixed or "NotAvailable",
        **{name: value for name, value in optional.items() if value},
    }


def _architecture(word: str) -> str:
    return _ARCHITECTURES.get(word.upper(), word.upper())


def _resource(scan: "Scan", repository: "Repository", image: "Image") -> dict[str, Any]:
    known = {"architecture": scan.architecture, "platform": scan.platform}
    details: dict[str, Any] = {
        **{name: value for name, value in known.items() if value},
        "imageHash": image.digest,
        "imageTags": list(image.tags),
        "pushedAt": image.pushed_at,
        "registry": repository.registry_id,
        "repositoryName": repository.name,
        "inUseCount": 0,
    }
    return {
        "type": "AWS_ECR_CONTAINER_IMAGE",
        "id": f"{repository.arn}/{image.digest}",
        "tags": {},
        "details": {"awsEcrContainerImage": details},
    }
