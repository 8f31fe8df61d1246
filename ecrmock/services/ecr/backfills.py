"""Replication backfills: started, stopped, listed, and what became of them (botocore's model; User Guide)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain.replication.backfills import Backfills
from ecrmock.domain.replication.rules import Destination
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from ecrmock.domain.replication.backfills import Backfill, Item

_LISTED = 25
"""Backfills on a page where no number is asked for (model)."""


def _backfills(call: Call) -> Backfills:
    return call.world.of(Backfills, call.account, call.region)


@ecr.operation
def start_replication_backfill(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartReplicationBackfill.html."""
    wanted = request["destination"]
    return _shown(call, _backfills(call).start(Destination(wanted["registryId"], wanted["region"])))


@ecr.operation
def stop_replication_backfill(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StopReplicationBackfill.html."""
    return _shown(call, _backfills(call).stop(request["replicationBackfillId"]))


@ecr.operation
def list_replication_backfills(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListReplicationBackfills.html."""
    rows, more = paging.page(call, request, _backfills(call).page, _number, default=_LISTED)
    return {"registryId": call.account, "backfills": [_summary(row) for row in rows], **more}


@ecr.operation
def describe_replication_backfill_results(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeReplicationBackfillResults.html."""
    backfills, status = _backfills(call), request.get("resultStatusFilter")
    row = backfills.get(request["replicationBackfillId"])
    rows, more = paging.page(
        call,
        request,
        lambda after, limit: backfills.results(row, status, after, limit),
        _number,
        bound=(row.id, status or ""),
    )
    results = {"results": [_result(each) for each in rows]} if row.over else {}
    return {"registryId": call.account, **_summary(row), **results, **more}


def _number(row: "Backfill | Item") -> int:
    return row.number


def _shown(call: Call, row: "Backfill") -> dict[str, Any]:
    return {
        "replicationBackfillId": row.id,
        "registryId": call.account,
        "destination": views.destination(row.destination),
        "status": row.status,
        "startedAt": row.started_at,
    }


def _summary(row: "Backfill") -> dict[str, Any]:
    shown: dict[str, Any] = {
        "replicationBackfillId": row.id,
        "destination": views.destination(row.destination),
        "status": row.status,
    }
    if row.code is not None:
        shown["failureCode"] = row.code
    if row.total is not None:
        shown["progress"] = {
            "totalReplicationCount": row.total,
            "completedReplicationCount": row.complete,
            "failedReplicationCount": row.failed,
            "failureCodes": list(row.codes),
        }
    shown["startedAt"] = row.started_at
    return shown if row.ended_at is None else {**shown, "endedAt": row.ended_at}


def _result(row: "Item") -> dict[str, Any]:
    """One copy; a list fails as a whole, for the reason of any of its images."""
    shown: dict[str, Any] = {
        "repositoryName": row.repository,
        "imageId": {"imageDigest": row.digest, **({"imageTag": row.tag} if row.tag else {})},
        "status": row.status,
    }
    if row.code is not None:
        shown["failureCode"] = row.code
    if row.is_list:
        shown["subImageFailureCodes"] = [row.code] if row.code else []
    return shown
