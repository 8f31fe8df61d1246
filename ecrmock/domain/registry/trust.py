"""Does one registry let another account in, where no caller but ECR itself asks?"""

from typing import TYPE_CHECKING

from ecrmock.base.clock import iso
from ecrmock.domain import names
from ecrmock.domain.access import evaluation
from ecrmock.domain.access.evaluation import AccessRequest, Principal

if TYPE_CHECKING:
    from ecrmock.domain.access.policies import Policy
    from ecrmock.domain.registry.registries import Registry


def lets_in(registry: "Registry", account: str, action: str, name: str) -> bool:
    """Whether the policy of a registry lets another account's root do this to a repository; its own may."""
    return _allowed(registry, Principal("root", names.root_arn(account, registry.region), account), action, name)


def lets_pull(registry: "Registry", account: str, action: str, name: str, role: str | None) -> bool:
    """The same of an account's pull through cache, which may act in a role; the repository's own policy is asked too.

    (documented: UG pull-through-cache-private)
    """
    principal = _principal(account, registry.region, role)
    return _allowed(registry, principal, action, name, registry.policy_of(registry.find(name)))


def _allowed(
    registry: "Registry", principal: Principal, action: str, name: str, repository: "Policy | None" = None
) -> bool:
    world = registry.world
    if registry.account == principal.account or world.settings.iam == "off":
        return True
    resource = names.repository_arn(registry.account, registry.region, name)
    now = world.clock.now()
    context = {"aws:RequestedRegion": registry.region, "aws:CurrentTime": iso(now), "aws:EpochTime": str(int(now))}
    request = AccessRequest(principal, f"ecr:{action}", resource, registry.account, context)
    return evaluation.evaluate(
        request, identity=evaluation.ADMIN, repository=repository, registry=registry.policy()
    ).allowed


def _principal(account: str, region: str, role: str | None) -> Principal:
    if role is None:
        return Principal("root", names.root_arn(account, region), account)
    name = role.rpartition("/")[2]
    session = f"arn:{names.partition(region)}:sts::{account}:assumed-role/{name}/ecr"
    return Principal("role-session", session, account, role_arn=role)
