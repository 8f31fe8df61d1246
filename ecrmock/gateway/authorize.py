"""May this caller do this? Before IAM and policies exist: every account its own, nobody another's."""

from typing import TYPE_CHECKING

from ecrmock.domain import names
from ecrmock.errors import AccessDeniedException

if TYPE_CHECKING:
    from ecrmock.gateway.call import Call


def authorize(call: "Call") -> None:
    """Refuse a caller of another account that no resource policy admits (access-control.md 6.1).

    Repository and registry policies come with a later issue; until then there is none that could admit.
    GetAuthorizationToken is on `*` and so never about another account (2.4). Raises AccessDeniedException.
    """
    if call.world.settings.iam == "off" or call.caller.account == call.account:
        return
    action = f"ecr:{call.action}"
    name = call.repositories[0] if call.repositories else "*"
    resource = names.repository_arn(call.account, call.region, name)
    raise AccessDeniedException.no_resource_policy(call.caller.principal, action, resource)
