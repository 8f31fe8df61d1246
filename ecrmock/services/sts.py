"""Who am I, and who may I become: the operations of STS that scripts begin with (facts/neighbours A2.1)."""

import re
from typing import Any

from ecrmock.domain.neighbours import sessions
from ecrmock.domain.neighbours.sessions import Session, Sessions
from ecrmock.errors.common import ValidationError
from ecrmock.errors.sts import AccessDenied, InvalidParameterValue
from ecrmock.gateway.call import Call
from ecrmock.protocols.service import Service

sts = Service("sts")
_HOUR, _HALF_DAY = 3600, 43_200
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)


@sts.operation
def get_caller_identity(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html."""
    return {"UserId": call.caller.user_id, "Account": call.caller.account, "Arn": call.caller.principal}


@sts.operation
def assume_role(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html; any role may be assumed."""
    _mfa(request)
    _tags(request)
    if call.caller.role is not None and request.get("DurationSeconds", _HOUR) > _HOUR:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    return _assumed(call, request)


@sts.operation
def assume_role_with_web_identity(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html; no token is checked."""
    more = {"SubjectFromWebIdentityToken": "subject", "Audience": "ecrmock"}
    return {**_assumed(call, request), **more, "Provider": request.get("ProviderId", "ecrmock")}


@sts.operation
def assume_role_with_saml(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html; assertions are not checked."""
    more = {"Subject": "subject", "SubjectType": "persistent", "Issuer": request["PrincipalArn"]}
    return {**_assumed(call, {"RoleSessionName": "saml", **request}), **more}


@sts.operation
def get_federation_token(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html."""
    _lasting(call)
    account, name = call.caller.account, request["Name"]
    arn = sessions.federated_arn(account, call.region, name)
    user_id = f"{account}:{name}"
    session = _sessions(call).issue(account, arn, user_id, request.get("DurationSeconds", _HALF_DAY))
    return {
        "Credentials": _credentials(session),
        "FederatedUser": {"FederatedUserId": user_id, "Arn": arn},
        "PackedPolicySize": 0,
    }


@sts.operation
def get_session_token(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html; the same principal, for a while."""
    _lasting(call)
    _mfa(request)
    caller, seconds = call.caller, request.get("DurationSeconds", _HALF_DAY)
    session = _sessions(call).issue(caller.account, caller.principal, caller.user_id, seconds, caller.role)
    return {"Credentials": _credentials(session)}


def _assumed(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    role, name = request["RoleArn"], request["RoleSessionName"]
    if not _ROLE.fullmatch(role):
        raise ValidationError(f"{role} is invalid")
    arn, user_id = sessions.session_arn(role, name), f"{sessions.unique_id('AROA', role)}:{name}"
    seconds = request.get("DurationSeconds", _HOUR)
    session = _sessions(call).issue(role.split(":")[4], arn, user_id, seconds, role)
    return {
        "Credentials": _credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": arn},
        "PackedPolicySize": 0,
        **({"SourceIdentity": request["SourceIdentity"]} if "SourceIdentity" in request else {}),
    }


def _lasting(call: Call) -> None:
    """Refuse a session of a role or of a federated user (facts/access 16.4)."""
    if call.caller.role is not None or ":federated-user/" in call.caller.principal:
        raise AccessDenied.by_session(call.action)


def _mfa(request: dict[str, Any]) -> None:
    """Refuse half of what tells a device; that it is there, and its code, are not checked."""
    if ("SerialNumber" in request) != ("TokenCode" in request):
        raise AccessDenied.half_mfa()


def _tags(request: dict[str, Any]) -> None:
    """Refuse session tags that do not go together; keys are compared without case."""
    keys = [tag["Key"].lower() for tag in request.get("Tags", ())]
    if len(set(keys)) != len(keys):
        raise InvalidParameterValue.duplicate_keys()
    if not {key.lower() for key in request.get("TransitiveTagKeys", ())}.issubset(keys):
        raise InvalidParameterValue.not_a_tag()


def _credentials(session: Session) -> dict[str, Any]:
    return {
        "AccessKeyId": session.key,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires,
    }


def _sessions(call: Call) -> Sessions:
    return Sessions(call.world)
