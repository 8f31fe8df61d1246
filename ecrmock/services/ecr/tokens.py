"""Authorization tokens: the credential for the docker door (facts/api 7)."""

import base64
from typing import TYPE_CHECKING, Any

from ecrmock.domain.access import tokens
from ecrmock.gateway.call import Call
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import GetAuthorizationTokenRequestTypeDef

_HOUR = 3600


@ecr.operation
def get_authorization_token(call: Call, request: "GetAuthorizationTokenRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html.

    One entry per registry asked for, or one for the caller's own; none of them is looked up, the grant is
    checked on use.
    """
    registries = request.get("registryIds") or [call.caller.account]
    return {"authorizationData": [_entry(call, account) for account in registries]}


def _entry(call: Call, account: str) -> dict[str, Any]:
    caller, expires = call.caller, round(call.now + call.world.settings.token_hours * _HOUR, 3)
    claims = tokens.Claims(
        caller.account, call.region, caller.principal, caller.user_id, call.service, expires, caller.role
    )
    login = f"AWS:{tokens.issue(call.world, claims)}"
    return {
        "authorizationToken": base64.b64encode(login.encode()).decode(),
        "expiresAt": expires,
        "proxyEndpoint": call.endpoint(account),
    }
