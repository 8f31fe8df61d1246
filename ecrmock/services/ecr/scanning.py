"""Scanning: how often, started, and what was found (facts/automation 2)."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.images.images import Images, Named, image_id
from ecrmock.domain.scanning import moto_queue
from ecrmock.domain.scanning import rules as scan_rules
from ecrmock.domain.scanning.configuration import ScanningRules
from ecrmock.domain.scanning.scans import Scans
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import finding_views, paging, views
from ecrmock.services.ecr.images import described
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        BatchGetRepositoryScanningConfigurationRequestTypeDef,
        DescribeImageScanFindingsRequestTypeDef,
        PutRegistryScanningConfigurationRequestTypeDef,
        StartImageScanRequestTypeDef,
    )

    from ecrmock.domain.registry.repositories import Repository


@ecr.operation
def put_registry_scanning_configuration(
    call: Call, request: "PutRegistryScanningConfigurationRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html."""
    configuration = scan_rules.parse(cast("dict[str, Any]", request))
    call.world.of(ScanningRules, call.account, call.region).put(configuration)
    return {"registryScanningConfiguration": finding_views.configuration(configuration)}


@ecr.operation
def get_registry_scanning_configuration(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryScanningConfiguration.html."""
    shown = finding_views.configuration(call.world.of(ScanningRules, call.account, call.region).get())
    return {"registryId": call.account, "scanningConfiguration": shown}


@ecr.operation
def batch_get_repository_scanning_configuration(
    call: Call, request: "BatchGetRepositoryScanningConfigurationRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetRepositoryScanningConfiguration.html."""
    found, failures = [], []
    for name in request["repositoryNames"]:
        repository = call.registry.existing(name)
        if repository is None:
            failures.append({"repositoryName": name, "failureCode": _NONE, "failureReason": _NONE})
        else:
            found.append(_configured(call, repository))
    return {"scanningConfigurations": found, "failures": failures}


_NONE = "REPOSITORY_NOT_FOUND"


def _configured(call: Call, repository: "Repository") -> dict[str, Any]:
    """How often a repository is scanned; scanOnPush is its own flag, not the result (facts/automation 2.2)."""
    flag = repository.row.scan_on_push
    configuration = call.world.of(ScanningRules, call.account, call.region).get()
    applied = scan_rules.applied(configuration, repository.name, flag=flag)
    return {
        "repositoryArn": repository.arn,
        "repositoryName": repository.name,
        "scanOnPush": flag,
        "scanFrequency": applied.frequency,
        "appliedScanFilters": finding_views.filters([applied.filter] if applied.filter else []),
    }


@ecr.operation
def start_image_scan(call: Call, request: "StartImageScanRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html."""
    repository, asked = call.repository(request["repositoryName"]), request["imageId"]
    image = described(repository.of(Images), asked, "imageId")
    repository.of(Scans).start(image)
    shown = views.image_id(Named(image, asked.get("imageTag")))
    return {**views.where(repository), "imageId": shown, "imageScanStatus": {"status": "IN_PROGRESS"}}


@ecr.operation
def describe_image_scan_findings(call: Call, request: "DescribeImageScanFindingsRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html."""
    repository, asked = call.repository(request["repositoryName"]), request["imageId"]
    image = described(repository.of(Images), asked, "imageId")
    shown = repository.of(Scans).demand(image, image_id(cast("dict[str, Any]", asked)))
    if (queued := moto_queue.next_answer(repository, image, cast("dict[str, Any]", asked))) is not None:
        return queued
    places = list(enumerate(shown.findings or ()))
    rows, more = paging.page(
        call,
        request,
        lambda after, limit: places[0 if after is None else after + 1 :][:limit],
        lambda row: row[0],
        bound=(image.digest, shown.engine),
    )
    return {
        **views.where(repository),
        "imageId": views.image_id(Named(image, asked.get("imageTag"))),
        "imageScanStatus": finding_views.status(shown),
        **finding_views.findings(shown, [row for _, row in rows], repository, image),
        **more,
    }
