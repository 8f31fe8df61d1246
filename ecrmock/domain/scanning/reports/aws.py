"""AWS's own JSON: a saved DescribeImageScanFindings answer, and Inspector's list-findings."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ecrmock.domain.scanning.reports.report import Report, bounded, digests, listed, ranked, score, text
from ecrmock.domain.vulnerabilities.findings import SEVERITIES, Finding, Given, Score

NAME = "JSON of AWS"
_ENHANCED = frozenset({
    "awsAccountId", "description", "exploitAvailable", "findingArn", "firstObservedAt", "fixAvailable",
    "lastObservedAt", "packageVulnerabilityDetails", "remediation", "resources", "score", "scoreDetails", "severity",
    "status", "title", "type", "updatedAt",
})  # fmt: skip
"""Members of ECR's EnhancedImageScanFinding; Inspector knows some more."""
_TIMES = frozenset({
    "firstObservedAt", "lastObservedAt", "lastInUseAt", "pushedAt", "updatedAt", "vendorCreatedAt", "vendorUpdatedAt",
})  # fmt: skip
_MOST_RESOURCES = 10
"""Of one finding; Inspector names one."""
_IMAGE = "AWS_ECR_CONTAINER_IMAGE"


def is_one(document: dict[str, Any]) -> bool:
    """Has it what only these forms have?"""
    if "imageScanFindings" in document or "imageScanStatus" in document:
        return True
    found = document.get("findings")
    return isinstance(found, list) and all(isinstance(each, dict) and "findingArn" in each for each in found)


def read(document: dict[str, Any]) -> list[Report]:
    """One report of ECR's answer; of Inspector's one an image (findings about anything else are passed over)."""
    if "findings" in document and "imageScanStatus" not in document:
        return _inspector(document["findings"])
    found = document.get("imageScanFindings")
    if not found:
        status = (document.get("imageScanStatus") or {}).get("status")
        raise ValueError(f"this DescribeImageScanFindings answer has no findings; its status is {status}")
    images = digests([text((document.get("imageId") or {}).get("imageDigest"))])
    basic = listed(found.get("findings"))
    enhanced = [_as_ecr(each) for each in listed(found.get("enhancedFindings"))]
    if enhanced:
        return [_enhanced(images, enhanced)]
    findings = ranked(_basic(each) for each in basic)
    return [Report(images, findings, findings, basic=tuple(Given(dict(each)) for each in basic))]


def _inspector(found: list[dict[str, Any]]) -> list[Report]:
    by_image: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in found:
        if each.get("type", "PACKAGE_VULNERABILITY") != "PACKAGE_VULNERABILITY":
            continue
        resources = listed(each.get("resources"))
        if len(resources) > _MOST_RESOURCES:
            raise ValueError(f"a finding is about more than {_MOST_RESOURCES} resources")
        body = _as_ecr(each)
        for resource in resources:
            if resource.get("type") == _IMAGE:
                by_image[resource["details"]["awsEcrContainerImage"]["imageHash"]].append(body)
    if found and not by_image:
        raise ValueError("none of these Inspector findings is about a package in an image of ECR")
    return [_enhanced(digests([digest]), bodies) for digest, bodies in by_image.items()]


def _enhanced(images: tuple[str, ...], bodies: list[dict[str, Any]]) -> Report:
    found = bounded(finding for body in bodies for finding in _findings(body))
    return Report(
        images,
        ranked(found),
        ranked(finding for finding in found if finding.manager == "OS"),
        enhanced=tuple(map(Given, bodies)),
    )


def _as_ecr(said: dict[str, Any]) -> dict[str, Any]:
    """The finding with ECR's members and with times as numbers, as ECR's protocol has them; a CLI prints texts."""
    body = _timed(said)
    if "inspectorScore" in body:
        body["score"] = body["inspectorScore"]
    if adjusted := (body.get("inspectorScoreDetails") or {}).get("adjustedCvss"):
        body["scoreDetails"] = {"cvss": {key: value for key, value in adjusted.items() if key != "cvssSource"}}
    return {key: value for key, value in body.items() if key in _ENHANCED}


def _timed(said: Any, name: str = "") -> Any:
    if isinstance(said, dict):
        return {key: _timed(value, key) for key, value in said.items()}
    if isinstance(said, list):
        return [_timed(each) for each in said]
    if name in _TIMES and isinstance(said, str):
        moment = datetime.fromisoformat(said)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return said


def _findings(body: dict[str, Any]) -> Iterator[Finding]:
    """One a package."""
    about = body["packageVulnerabilityDetails"]
    scores = tuple(
        Score(each["version"], score(each["baseScore"]), text(each.get("scoringVector")), text(each.get("source")))
        for each in listed(about.get("cvss"))
    )
    for package in listed(about.get("vulnerablePackages")):
        epoch, release, version = package.get("epoch"), package.get("release"), text(package.get("version"))
        whole = f"{version}-{release}" if release else version
        fixed = text(package.get("fixedInVersion"))
        yield Finding(
            text(about["vulnerabilityId"]),
            _severity(body),
            text(package["name"]),
            f"{epoch}:{whole}" if epoch else whole,
            None if fixed in {"", "NotAvailable"} else fixed,
            description=text(body.get("description")),
            title=text(body.get("title")),
            uri=text(about.get("sourceUrl")),
            source=text(about.get("source")),
            scores=scores,
            manager=text(package.get("packageManager")) or "OS",
            arch=text(package.get("arch")),
            path=text(package.get("filePath")),
            layer=text(package.get("sourceLayerHash")),
            references=tuple(map(text, listed(about.get("referenceUrls")))),
            related=tuple(map(text, listed(about.get("relatedVulnerabilities")))),
        )


def _basic(said: dict[str, Any]) -> Finding:
    attributes = {text(each["key"]): text(each.get("value")) for each in listed(said.get("attributes"))}
    scores = [
        Score(version, score(attributes[f"{prefix}_SCORE"]), attributes.get(f"{prefix}_VECTOR", ""))
        for prefix, version in (("CVSS4", "4.0"), ("CVSS3", "3.1"), ("CVSS2", "2.0"))
        if attributes.get(f"{prefix}_SCORE")
    ]
    return Finding(
        text(said["name"]),
        _severity(said),
        attributes.get("package_name", ""),
        attributes.get("package_version", ""),
        description=text(said.get("description")),
        uri=text(said.get("uri")),
        scores=tuple(scores),
    )


def _severity(said: dict[str, Any]) -> str:
    word = text(said.get("severity"))
    return word if word in SEVERITIES else "UNDEFINED"
