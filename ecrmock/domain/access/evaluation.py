"""Do all policies together allow a request? facts/access 6.1, step by step; pure.

Organisation policies and endpoint policies (its steps 3 and 4) are not here: nothing in ecrmock holds any yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from ecrmock.domain.access.conditions import Context, expand, fits, holds, marked
from ecrmock.domain.access.policies import Policy, Statement, Words

PrincipalKind = Literal["root", "user", "role-session", "federated", "service", "anonymous"]
Which = Literal["identity-based policy", "permissions boundary", "session policy", "resource-based policy"]
"""The kinds of policies as refusals name them; a registry policy counts as resource-based (unknown 9) [ours]."""
_IDENTITY: Final = "identity-based policy"
_BOUNDARY: Final = "permissions boundary"
_SESSION: Final = "session policy"
_RESOURCE: Final = "resource-based policy"

ADMIN = (
    Policy(
        kind="identity",
        variables=False,
        statements=(Statement("Allow", Words(("*",), negated=False), Words(("*",), negated=False)),),
        printed="",
    ),
)
"""The identity policies of a caller who may do everything as far as its own account is concerned."""

# Only an identity policy can grant these (facts/access 4.3); any policy can deny them.
_IDENTITY_ONLY = frozenset(
    {
        "ecr:getauthorizationtoken",
        "ecr:createpullthroughcacherule",
        "ecr:createrepositorycreationtemplate",
        "ecr:deleterepositorycreationtemplate",
        "ecr:describerepositorycreationtemplates",
        "ecr:updaterepositorycreationtemplate",
    }
)
_TYPES = {"root": "Account", "user": "User", "role-session": "AssumedRole", "federated": "FederatedUser"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Principal(NamedTuple):
    """Who asks."""

    kind: PrincipalKind
    arn: str = ""
    """Of a role session the session's, `arn:aws:sts::<account>:assumed-role/<role>/<session>`."""
    account: str = ""
    role_arn: str = ""
    """Of a role session: the role's, with its path."""
    service: str = ""
    """Of a service: its name, e.g. `codebuild.amazonaws.com`."""
    tags: Mapping[str, str] = _NOTHING
    """Of the user or role, and of the session."""

    def keys(self) -> dict[str, str | list[str]]:
        """The condition keys that follow from the principal (facts/access 5.3), in lower case."""
        if self.kind == "anonymous":
            return {"aws:principaltype": "Anonymous"}
        if self.kind == "service":
            return {"aws:principalisawsservice": "true", "aws:principalservicename": self.service}
        found: dict[str, str | list[str]] = {
            "aws:principaltype": _TYPES[self.kind],
            "aws:principalarn": self.role_arn or self.arn,
            "aws:principalaccount": self.account,
            "aws:principalisawsservice": "false",
        }
        if self.kind == "user":
            found["aws:username"] = self.arn.rpartition("/")[2]
        return found | {f"aws:principaltag/{key.lower()}": value for key, value in self.tags.items()}


class AccessRequest(NamedTuple):
    """One action on one resource."""

    principal: Principal
    action: str
    """E.g. `ecr:BatchGetImage`."""
    resource: str
    """An ARN or `*`."""
    resource_account: str
    """Whose registry it is; for GetAuthorizationToken, which is about no registry, the caller's own account."""
    context: Mapping[str, str | list[str]] = MappingProxyType({})
    """Condition keys in any case; they go before the principal's own."""


class Decision(NamedTuple):
    """The answer, and what it rests on."""

    allowed: bool
    explicit: bool = False
    """Whether a Deny decided."""
    which: Which = _IDENTITY
    """The kind of policy that decided, or was silent."""
    policy: Policy | None = None
    """The document that decided; None where silence did, or the rights of the account's root."""
    statement: Statement | None = None

    def why(self, action: str) -> str:
        """How the sentence of a refusal ends (facts/access 7.1)."""
        if not self.explicit:
            return f"because no {self.which} allows the {action} action"
        article = "an" if self.which == _IDENTITY else "a"
        arn = self.policy.arn if self.policy else ""
        return f"with an explicit deny in {article} {self.which}{': ' * bool(arn)}{arn}"


_How = Literal["everyone", "direct", "role", "account", "own"]
"""Through which form of principal a statement reaches a caller; `own` in policies that have none."""


class _Match(NamedTuple):
    how: _How
    policy: Policy
    statement: Statement

    def decision(self, which: Which) -> Decision:
        """What the statement decides when nothing goes before it."""
        denies = self.statement.effect == "Deny"
        return Decision(not denies, denies, which, self.policy, self.statement)


# What else must allow when a resource-based policy of the same account names the caller in this form, most generous
# first; without any, all three must. For `*` under a session policy the guide is silent and we do as the simulator
# of facts/access V36 does [ours]; for a session's own ARN (V35 there) the guide is clear, against the simulator.
_NEEDS: dict[_How, tuple[Which, ...]] = {
    "direct": (),
    "everyone": (_SESSION,),
    "role": (_BOUNDARY, _SESSION),
}
_ALL: tuple[Which, ...] = (_IDENTITY, _BOUNDARY, _SESSION)


def evaluate(  # noqa: PLR0913 (a policy of each kind)
    request: AccessRequest,
    *,
    identity: Sequence[Policy],
    boundary: Policy | None = None,
    session: Policy | None = None,
    repository: Policy | None = None,
    registry: Policy | None = None,
) -> Decision:
    """Whether a request is allowed. `ADMIN` as identity: whatever the caller's own account can allow.

    An explicit Deny goes before everything, and binds an account's root too; which one is named when several deny is
    unknown, here the caller's side comes first (facts/access 7.1, 14).
    """
    principal = request.principal
    asked = _Asked(request)
    theirs = asked.matches(each for each in (repository, registry) if each)
    own: dict[Which, list[_Match]] = {}
    if principal.kind not in ("service", "anonymous"):  # steps 7 and 8: nothing else is asked for these
        own[_IDENTITY] = asked.matches(identity)
        limits: tuple[tuple[Which, Policy | None], ...] = ((_BOUNDARY, boundary), (_SESSION, session))
        own |= {which: asked.matches([each]) for which, each in limits if each}
    if denied := _denied(own | {_RESOURCE: theirs}):
        return denied
    grants = [] if asked.action in _IDENTITY_ONLY else theirs
    if not own:
        return _first(_RESOURCE, grants)
    if principal.account != request.resource_account:
        refusal = None if principal.kind == "root" else _missing(_ALL, own)
        return refusal or _first(_RESOURCE, grants)
    if principal.kind == "root":
        return Decision(allowed=True)
    return _same_account(own, grants)


def _denied(sides: dict[Which, list[_Match]]) -> Decision | None:
    """Step 2."""
    denials = (
        (match, which) for which, matches in sides.items() for match in matches if match.statement.effect == "Deny"
    )
    return next((match.decision(which) for match, which in denials), None)


def _same_account(own: dict[Which, list[_Match]], grants: list[_Match]) -> Decision:
    """Step 5, a to d."""
    for how, needs in _NEEDS.items():
        for match in grants:
            if match.how == how:
                return _missing(needs, own) or match.decision(_RESOURCE)
    return _missing(_ALL, own) or _first(_IDENTITY, own[_IDENTITY])


def _missing(needs: tuple[Which, ...], own: dict[Which, list[_Match]]) -> Decision | None:
    """The refusal by the first kind that is there, must allow and is silent."""
    silent = next((which for which in needs if which in own and not own[which]), None)
    return Decision(allowed=False, which=silent) if silent else None


def _first(which: Which, allows: list[_Match]) -> Decision:
    return allows[0].decision(which) if allows else Decision(allowed=False, which=which)


class _Asked:
    """A request made ready for matching."""

    def __init__(self, request: AccessRequest) -> None:
        self._request = request
        self.action = request.action.lower()
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """All condition keys, put together when the first statement wants one."""
        if self._context is None:
            given = {key.lower(): value for key, value in self._request.context.items()}
            self._context = self._request.principal.keys() | given
        return self._context

    def matches(self, policies: Iterable[Policy]) -> list[_Match]:
        """The statements that speak about the request (step 1)."""
        return [
            _Match(how, policy, statement)
            for policy in policies
            if policy.reach is None or self.action in policy.reach
            for statement in policy.statements
            if self._about(policy, statement) and (how := _reached(statement, policy, self._request.principal))
        ]

    def _about(self, policy: Policy, statement: Statement) -> bool:
        action = any(fits(marked(text), self.action) for text in statement.actions.texts)
        return (
            action != statement.actions.negated
            and self._names_resource(statement.resources, policy.variables)
            and (not statement.conditions or holds(statement.conditions, self.context, variables=policy.variables))
        )

    def _names_resource(self, resources: Words, variables: bool) -> bool:  # noqa: FBT001 (inner)
        for text in resources.texts:
            filled = expand(text, self.context, wildcards=True) if variables and "${" in text else marked(text)
            if filled is not None and fits(filled, self._request.resource):
                return not resources.negated
        return resources.negated


def _reached(statement: Statement, policy: Policy, principal: Principal) -> _How | None:
    """How a statement names the caller, None where it does not."""
    if policy.kind == "identity":
        return "own"
    forms = {_form(type_, value, principal) for type_, value in statement.principals}
    if statement.not_principal:
        return None if _excepted(statement, forms, principal) else "everyone"
    order: tuple[_How, ...] = ("direct", "everyone", "role", "account")
    return next((how for how in order if how in forms), None)


def _excepted(statement: Statement, forms: set[_How | None], principal: Principal) -> bool:
    """Whether NotPrincipal lists the caller.

    To except somebody from a Deny the account must be listed and the user, role or session as well; the account
    alone excepts its root only (facts/access 5.2).
    """
    if statement.effect == "Allow" or "everyone" in forms or principal.kind == "service":
        return forms != {None}
    return "account" in forms and (principal.kind == "root" or not forms.isdisjoint({"direct", "role"}))


def _form(type_: str, value: str, principal: Principal) -> _How | None:
    """How one value of a Principal element covers the caller (facts/access 5.2)."""
    how: _How | None = None
    if type_ == "Service":
        how = "direct" if principal.kind == "service" and value == principal.service else None
    elif type_ == "AWS" and value == "*":
        how = "everyone"
    elif type_ == "AWS" and principal.kind not in ("service", "anonymous"):
        if principal.account == (value.split(":")[4] if value.endswith(":root") else value):
            how = "account"
        elif value in (principal.role_arn, principal.arn):
            how = "role" if value == principal.role_arn else "direct"
    return how
