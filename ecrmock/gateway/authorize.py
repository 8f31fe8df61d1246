"""May this caller do this? Policies decide; the caller is administrator of its own account until there is IAM."""

from typing import TYPE_CHECKING

from ecrmock.base.clock import iso
from ecrmock.domain import names
from ecrmock.domain.access import evaluation, policies
from ecrmock.domain.access.evaluation import AccessRequest, Principal
from ecrmock.domain.registry.registries import Registry
from ecrmock.errors.common import AccessDeniedException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecrmock.domain.access.evaluation import Decision
    from ecrmock.domain.access.policies import Policy
    from ecrmock.domain.registry.repositories import RepositoryRow
    from ecrmock.gateway.call import Call
    from ecrmock.gateway.identity import Caller

# operations without an action of their own (facts/access 2.2)
_ACTIONS = {"ListImageReferrers": "BatchGetImage"}
_KINDS = {"user": "user", "assumed-role": "role-session", "federated-user": "federated"}


def authorize(call: "Call") -> None:
    """Refuse what the policies refuse, in AWS's words (facts/access 6.1, 7.1). Raises AccessDeniedException.

    The caller's side is "administrator of its own account", so that within an account only an explicit Deny
    refuses, and callers of other accounts need the repository's or the registry's policy.
    """
    if call.world.settings.iam == "off" or call.service != "ecr":
        return
    for name in call.repositories or (None,):
        decision = _decide(call, call.action, name)
        if decision is not None and not decision.allowed:
            action = _action(call.action)
            why = decision.why(action)
            raise AccessDeniedException(call.caller.principal, action, _resource(call, call.action, name), why)


def permits(call: "Call", action: str, name: str) -> bool:
    """Whether this caller may also do another thing to another repository of the same registry."""
    if call.world.settings.iam == "off":
        return True
    decision = _decide(call, action, name)
    return decision is None or decision.allowed


def denies(call: "Call", name: str) -> bool:
    """Whether a policy says in so many words that this caller may not do this; for what needs no permission."""
    decision = None if call.world.settings.iam == "off" else _decide(call, call.action, name)
    return decision is not None and decision.explicit


def locks_out(call: "Call", policy: "Policy", name: str) -> bool:
    """Whether a repository policy would keep its own setter from setting another one (facts/access 8.4).

    Asked is everything that would hold then: this policy, that of the registry, and the caller's own side.
    """
    registry = call.world.of(Registry, call.account, call.region)
    request = _request(call, "SetRepositoryPolicy", name, registry.repository(name).row)
    decision = evaluation.evaluate(request, identity=evaluation.ADMIN, repository=policy, registry=registry.policy())
    return not decision.allowed


def _decide(call: "Call", operation: str, name: str | None) -> "Decision | None":
    """The decision, or None where no policy has a say: nearly every call, so nothing is built for it."""
    registry = call.world.of(Registry, call.account, call.region)
    row = registry.find(name) if name else None
    own = call.caller.account == call.account and call.caller.service is None
    if own and registry.row.policy is None and (row is None or row.policy is None):
        return None
    request = _request(call, operation, name, row)
    return evaluation.evaluate(
        request, identity=evaluation.ADMIN, repository=registry.policy_of(row), registry=registry.policy()
    )


def _action(operation: str) -> str:
    return f"ecr:{_ACTIONS.get(operation, operation)}"


def _resource(call: "Call", operation: str, name: str | None) -> str:
    """What the action is on: a repository, all of them for a list, or `*` (facts/access 2.4)."""
    if name is None and _ACTIONS.get(operation, operation) not in policies.ON_REPOSITORY:
        return "*"
    return names.repository_arn(call.account, call.region, name or "*")


def _request(call: "Call", operation: str, name: str | None, row: "RepositoryRow | None") -> AccessRequest:
    return AccessRequest(
        _principal(call.caller),
        _action(operation),
        _resource(call, operation, name),
        call.account,
        _context(call, row),
    )


def _principal(caller: "Caller") -> Principal:
    if caller.service is not None:
        return Principal("service", caller.service, "", service=caller.service)
    kind = _KINDS.get(caller.principal.rpartition(":")[2].partition("/")[0], "root")
    return Principal(kind, caller.principal, caller.account, role_arn=caller.role or "")  # type: ignore[arg-type]


def _context(call: "Call", row: "RepositoryRow | None") -> "Mapping[str, str | list[str]]":
    """The condition keys that a request has here (facts/access 5.3)."""
    caller, now = call.caller, call.now
    context: dict[str, str | list[str]] = {
        "aws:SourceIp": call.source or "127.0.0.1",
        "aws:RequestedRegion": call.region,
        "aws:SecureTransport": "true" if call.scheme == "https" else "false",
        "aws:CurrentTime": iso(now),
        "aws:EpochTime": str(int(now)),
        "aws:UserAgent": call.user_agent,
        "aws:userid": caller.user_id,
        "aws:ViaAWSService": "false",
    }
    sources = {"aws:SourceArn": caller.source_arn, "aws:SourceAccount": caller.source_account}
    context |= {key: value for key, value in sources.items() if value}
    for key, value in row.tags if row else ():
        context[f"aws:ResourceTag/{key}"] = context[f"ecr:ResourceTag/{key}"] = value
    tags = call.parameters.get("tags")
    if tags:
        context |= {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in tags}
    if tags or "tagKeys" in call.parameters:
        context["aws:TagKeys"] = [tag["Key"] for tag in tags or ()] + list(call.parameters.get("tagKeys", ()))
    if call.action.endswith("AccountSetting"):
        context["ecr:AccountSetting"] = call.parameters["name"]
    return context
