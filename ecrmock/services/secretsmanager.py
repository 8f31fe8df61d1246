"""The few operations of Secrets Manager that pull through cache rules need (facts/neighbours A2.4)."""

import re
from typing import Any

from ecrmock.domain.neighbours.secrets import CURRENT, Secret, Secrets, Version
from ecrmock.errors.ecr import ValidationException
from ecrmock.errors.secretsmanager import InvalidParameterException, InvalidRequestException
from ecrmock.gateway.call import Call
from ecrmock.protocols.service import Service

secretsmanager = Service("secretsmanager")
_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
_SHORTEST, _LONGEST = 7, 30


def _vault(call: Call) -> Secrets:
    """The caller's secrets; from now on a secret that is not among them does not exist."""
    vault = call.world.of(Secrets, call.account, call.region)
    vault.touch()
    return vault


def _named(vault: Secrets, secret: Secret) -> dict[str, Any]:
    return {"ARN": vault.arn(secret), "Name": secret.name}


def _version(call: Call, request: dict[str, Any], stages: tuple[str, ...]) -> Version | None:
    """The value in a request, under its token; None when there is none. Raises InvalidParameterException."""
    text, binary = request.get("SecretString"), request.get("SecretBinary")
    if text is not None and binary is not None:
        raise InvalidParameterException(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    if text is None and binary is None:
        return None
    token = request.get("ClientRequestToken") or call.world.ids.uuid()
    return Version(token, call.now, text, _encoded(binary), stages)


def _encoded(binary: bytes | None) -> str | None:
    """The model's check has decoded it; rows hold text."""
    import base64  # noqa: PLC0415 (few secrets are binary)

    return None if binary is None else base64.b64encode(binary).decode()


def _value(version: Version) -> dict[str, Any]:
    return {"SecretString": version.text} if version.text is not None else {"SecretBinary": version.binary}


@secretsmanager.operation
def create_secret(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html."""
    vault, name = _vault(call), request["Name"]
    if not _NAME.fullmatch(name):
        raise ValidationException(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )
    tags = tuple((tag.get("Key", ""), tag.get("Value", "")) for tag in request.get("Tags", ()))
    row = Secret(name, vault.tail(), call.now, call.now, request.get("Description"), request.get("KmsKeyId"), tags)
    secret = vault.create(row, _version(call, request, (CURRENT,)))
    more = {"VersionId": secret.versions[0].id} if secret.versions else {}
    return {**_named(vault, secret), **more}


@secretsmanager.operation
def get_secret_value(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html."""
    vault = _vault(call)
    secret = vault.usable(request["SecretId"])
    version = vault.version(secret, request.get("VersionId"), request.get("VersionStage"))
    return {
        **_named(vault, secret),
        "VersionId": version.id,
        **_value(version),
        "VersionStages": list(version.stages),
        "CreatedDate": version.created_at,
    }


@secretsmanager.operation
def describe_secret(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html."""
    vault = _vault(call)
    secret = vault.get(request["SecretId"])
    optional = {
        "Description": secret.description,
        "KmsKeyId": secret.key,
        "DeletedDate": call.now if secret.deleted_at is None else secret.deleted_at,
        "Tags": [{"Key": key, "Value": value} for key, value in secret.tags],
        "VersionIdsToStages": {version.id: list(version.stages) for version in secret.versions},
    }
    if secret.deleted_at is None:
        del optional["DeletedDate"]
    shown = {name: value for name, value in optional.items() if value}
    return {**_named(vault, secret), "CreatedDate": secret.created_at, "LastChangedDate": secret.changed_at, **shown}


@secretsmanager.operation
def put_secret_value(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html."""
    vault = _vault(call)
    secret = vault.usable(request["SecretId"])
    version = _version(call, request, tuple(request.get("VersionStages") or (CURRENT,)))
    if version is None:
        raise InvalidRequestException.empty()
    version = vault.put(secret, version)
    return {**_named(vault, secret), "VersionId": version.id, "VersionStages": list(version.stages)}


@secretsmanager.operation
def delete_secret(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html."""
    vault, days = _vault(call), request.get("RecoveryWindowInDays")
    force = request.get("ForceDeleteWithoutRecovery", False)
    if force and days is not None:
        raise InvalidParameterException(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if days is not None and not _SHORTEST <= days <= _LONGEST:
        raise InvalidParameterException("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    if force and vault.find(request["SecretId"]) is None:
        # "the operation doesn't return an error if the secret doesn't exist" (documented); the ARN is made up
        made = Secret(request["SecretId"].rpartition(":secret:")[2], vault.tail(), call.now, call.now)
        return {**_named(vault, made), "DeletionDate": call.now}
    secret = vault.get(request["SecretId"]) if force else vault.usable(request["SecretId"])
    when = vault.delete(secret, 0 if force else _LONGEST if days is None else days)
    return {**_named(vault, secret), "DeletionDate": when}
