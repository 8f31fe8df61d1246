"""The few operations of KMS that people call around ECR (facts/neighbours A2.3)."""

from dataclasses import replace
from typing import Any

from ecrmock.domain.neighbours.keys import Alias, Key, KeyRing
from ecrmock.errors.ecr import ValidationException
from ecrmock.errors.kms import (
    AlreadyExistsException,
    KMSInvalidStateException,
    NotAuthorizedException,
    NotFoundException,
)
from ecrmock.gateway.call import Call
from ecrmock.protocols.service import Service

kms = Service("kms")
_SHORTEST_WAIT, _LONGEST_WAIT = 7, 30
_PAGE = 50


def _ring(call: Call) -> KeyRing:
    """The caller's keys; from now on a key that is not among them does not exist."""
    ring = call.world.of(KeyRing, call.account, call.region)
    ring.touch()
    return ring


def _key(ring: KeyRing, text: str) -> Key:
    key = ring.find(text)
    if key is None and text.startswith("alias/"):
        raise NotFoundException(f"Alias {ring.alias_arn(text)} is not found.")
    if key is None:
        raise NotFoundException(f"Key '{text if text.startswith('arn:') else ring.arn(text)}' does not exist")
    return key


def _usable(ring: KeyRing, text: str) -> Key:
    key = _key(ring, text)
    if key.state == "PendingDeletion":
        raise KMSInvalidStateException(f"{ring.arn(key.id)} is pending deletion.")
    return key


def _metadata(ring: KeyRing, key: Key) -> dict[str, Any]:
    metadata = {
        "AWSAccountId": ring.account,
        "KeyId": key.id,
        "Arn": ring.arn(key.id),
        "CreationDate": key.created_at,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    return metadata if key.deleted_at is None else {**metadata, "DeletionDate": key.deleted_at}


@kms.operation
def create_key(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html."""
    ring = _ring(call)
    return {"KeyMetadata": _metadata(ring, ring.create(request.get("Description", "")))}


@kms.operation
def describe_key(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html."""
    ring = _ring(call)
    return {"KeyMetadata": _metadata(ring, _key(ring, request["KeyId"]))}


@kms.operation
def list_aliases(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html."""
    ring = _ring(call)
    wanted = _key(ring, request["KeyId"]).id if "KeyId" in request else None
    rows = [
        row
        for row in ring.all_aliases()
        if (wanted is None or wanted == row.target) and row.name > request.get("Marker", "")
    ]
    limit = request.get("Limit", _PAGE)
    more = {"NextMarker": rows[limit - 1].name} if len(rows) > limit else {}
    return {"Aliases": [_alias(ring, row) for row in rows[:limit]], "Truncated": bool(more), **more}


def _alias(ring: KeyRing, row: Alias) -> dict[str, Any]:
    return {
        "AliasName": row.name,
        "AliasArn": ring.alias_arn(row.name),
        "TargetKeyId": row.target,
        "CreationDate": row.created_at,
        "LastUpdatedDate": row.created_at,
    }


@kms.operation
def create_alias(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html."""
    ring, alias = _ring(call), request["AliasName"]
    if alias.startswith("alias/aws/"):  # "reserved for AWS managed keys"
        raise NotAuthorizedException
    key = _usable(ring, request["TargetKeyId"])
    if ring.has_alias(alias):
        raise AlreadyExistsException(f"An alias with the name {ring.alias_arn(alias)} already exists")
    ring.name(alias, key.id)
    return {}


@kms.operation
def disable_key(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html."""
    ring = _ring(call)
    ring.save(replace(_usable(ring, request["KeyId"]), state="Disabled"))
    return {}


@kms.operation
def enable_key(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html."""
    ring = _ring(call)
    ring.save(replace(_usable(ring, request["KeyId"]), state="Enabled"))
    return {}


@kms.operation
def schedule_key_deletion(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html."""
    ring = _ring(call)
    days = request.get("PendingWindowInDays", _LONGEST_WAIT)
    if not _SHORTEST_WAIT <= days <= _LONGEST_WAIT:
        raise ValidationException(f"PendingWindowInDays must be between {_SHORTEST_WAIT} and {_LONGEST_WAIT}")
    key = ring.schedule_deletion(_usable(ring, request["KeyId"]), days)
    return {
        "KeyId": ring.arn(key.id),
        "DeletionDate": key.deleted_at,
        "KeyState": key.state,
        "PendingWindowInDays": days,
    }


@kms.operation
def cancel_key_deletion(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html; the key is disabled then."""
    ring = _ring(call)
    key = _key(ring, request["KeyId"])
    if key.state != "PendingDeletion":
        raise KMSInvalidStateException(f"{ring.arn(key.id)} is not pending deletion.")
    ring.save(replace(key, state="Disabled", deleted_at=None))
    return {"KeyId": ring.arn(key.id)}
