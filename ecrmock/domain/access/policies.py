"""What does a policy document say, is it one, and how does AWS print it? facts/access 4, 5 and 8."""

import functools
import json
import math
import re
from typing import Any, Literal, NamedTuple, NoReturn

from ecrmock.base.jackson import jackson
from ecrmock.domain import names
from ecrmock.domain.access.conditions import Condition, condition
from ecrmock.errors.ecr import InvalidParameterException

Kind = Literal["repository", "registry", "identity"]
"""Identity stands for whatever hangs on a caller: identity policies, boundaries, session policies."""

ON_REPOSITORY = frozenset(
    """
    BatchCheckLayerAvailability BatchDeleteImage BatchGetImage BatchGetRepositoryScanningConfiguration
    BatchImportUpstreamImage CompleteLayerUpload CreateRepository DeleteLifecyclePolicy DeleteRepository
    DeleteRepositoryPolicy DescribeImageReplicationStatus DescribeImages DescribeImageScanFindings
    DescribeImageSigningStatus DescribeRepositories GetDownloadUrlForLayer GetImageCopyStatus GetLifecyclePolicy
    GetLifecyclePolicyPreview GetRepositoryPolicy InitiateLayerUpload ListImages ListTagsForResource PutImage
    PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy ReplicateImage SetRepositoryPolicy
    StartImageScan StartLifecyclePolicyPreview TagResource UntagResource UpdateImageStorageClass UploadLayerPart
    """.split()  # noqa: SIM905 (names, not punctuation)
)
"""Actions whose resource is a repository's ARN (facts/access 2.1)."""
ON_REGISTRY = frozenset(
    """
    CreatePullThroughCacheRule CreateRepositoryCreationTemplate DeletePullThroughCacheRule DeleteRegistryPolicy
    DeleteRepositoryCreationTemplate DeleteSigningConfiguration DeregisterPullTimeUpdateExclusion
    DescribePullThroughCacheRules DescribeRegistry DescribeReplicationBackfillResults
    DescribeRepositoryCreationTemplates GetAccountSetting GetAuthorizationToken GetRegistryPolicy
    GetRegistryScanningConfiguration GetSigningConfiguration ListPullTimeUpdateExclusions ListReplicationBackfills
    PutAccountSetting PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration
    PutSigningConfiguration RegisterPullTimeUpdateExclusion StartReplicationBackfill StopReplicationBackfill
    UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate ValidatePullThroughCacheRule
    """.split()  # noqa: SIM905 (names, not punctuation)
)
"""Actions whose resource is `*`."""

_KNOWN = frozenset(f"ecr:{action.lower()}" for action in ON_REPOSITORY | ON_REGISTRY)
_V1 = frozenset({"ecr:replicateimage", "ecr:batchimportupstreamimage", "ecr:createrepository"})
_LONGEST = 10240
_VERSIONS = ("2008-10-17", "2012-10-17")
_TOP = ("Version", "Id", "Statement")
_MEMBERS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
_PATTERN = re.compile(r"ecr:[a-z0-9]*[*?][a-z0-9*?]*")
_ANY_ACTION = re.compile(r"\*|(\*|[a-z0-9-]+):[a-z0-9*?]+")
_PATH = r"[!-)+->@-~]+"  # visible ASCII but `*` and `?`: a principal has no wildcards
_PRINCIPALS = {
    "AWS": re.compile(
        r"\*|[0-9]{12}"
        rf"|arn:aws[a-z-]*:iam::[0-9]{{12}}:(root|(user|role)/{_PATH})"
        rf"|arn:aws[a-z-]*:sts::[0-9]{{12}}:(assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/{_PATH})",
        re.ASCII,
    ),
    "Service": re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?"),
    "Federated": re.compile(r"[^*?]+"),
    "CanonicalUser": re.compile(r"[^*?]+"),
}


class Words(NamedTuple):
    """The texts of an element such as Action or NotAction."""

    texts: tuple[str, ...]
    negated: bool
    """Whether the element is the Not… one."""


class Statement(NamedTuple):
    """One statement, checked."""

    effect: Literal["Allow", "Deny"]
    actions: Words
    """In lower case."""
    resources: Words
    principals: tuple[tuple[str, str], ...] = ()
    """Pairs of type and value, (`AWS`, `*`) for everybody; none in an identity policy."""
    not_principal: bool = False
    conditions: tuple[Condition, ...] = ()
    sid: str | None = None


class Policy(NamedTuple):
    """A document that was read, ready to be evaluated."""

    kind: Kind
    variables: bool
    """Whether `${…}` are policy variables: Version 2012-10-17."""
    statements: tuple[Statement, ...]
    printed: str
    """The text as AWS gives it back."""
    reach: frozenset[str] | None = None
    """The actions, in lower case, that it has a say in; None for all."""
    arn: str = ""
    """Of a managed policy: refusals name it."""

    def within(self, registry_scope: str) -> "Policy":
        """A registry policy as REGISTRY_POLICY_SCOPE has it: V1 enforces three actions (facts/access 4.2)."""
        return self._replace(reach=_V1 if registry_scope == "V1" else None)


def read(  # noqa: PLR0913 (the document, whose it is, and two circumstances)
    text: str, kind: Kind, *, account: str, region: str, registry_scope: str = "V2", stored: bool = False
) -> Policy:
    """A policy document, checked as facts/access 8.2 says; the same text is read once only.

    Account and region are those of the repository or registry. `stored` reads what `printed` gave, which may be longer
    than what a caller may send. Raises InvalidParameterException with AWS's one sentence for every fault (observed:
    facts/access 8.1); its `__cause__` tells which fault it was.
    """
    try:
        if len(text) > _LONGEST and not stored:
            raise ValueError(f"longer than {_LONGEST} characters")  # noqa: TRY301 (one place tells all faults)
        return _read(text, kind, account, region, registry_scope)
    except (ValueError, RecursionError) as fault:
        raise InvalidParameterException("PolicyText", f"Invalid {kind} policy provided").because(str(fault)) from fault


@functools.lru_cache(512)
def _read(text: str, kind: Kind, account: str, region: str, registry_scope: str) -> Policy:
    document = _object(_DECODER.decode(text), "the policy", _TOP)
    _among(document.get("Version", _VERSIONS[0]), _VERSIONS, "Version")
    _text(document.get("Id", ""), "Id")
    given = document.get("Statement")
    prefix, v1 = names.repository_arn(account, region, ""), kind == "registry" and registry_scope == "V1"
    reader = _StatementReader(kind, prefix, region, v1)
    listed = given if isinstance(given, list) else [given]
    statements = tuple(reader.statement(_object(each, "a statement", _MEMBERS)) for each in listed)
    if not statements:
        raise ValueError("no statement")
    printed = jackson(_normal(document, region))
    printed.encode()  # a UnicodeError, which is a ValueError, for lone surrogates
    policy = Policy(kind, document.get("Version") == _VERSIONS[1], statements, printed)
    return policy.within(registry_scope) if kind == "registry" else policy


def _normal(document: dict[str, Any], region: str) -> dict[str, Any]:
    """The document as AWS keeps it (facts/api 5.7, facts/access 8.3).

    Its members have one order, Version is always said, a list of one is its element, an account's number its root.
    """
    given = document["Statement"]
    body = {"Version": _VERSIONS[0]} | document
    body["Statement"] = (
        [_in_order(each, region) for each in given] if isinstance(given, list) else _in_order(given, region)
    )
    return {name: body[name] for name in _TOP if name in body}


def _in_order(statement: dict[str, Any], region: str) -> dict[str, Any]:
    kept = {name: _unlisted(statement[name]) for name in _MEMBERS if name in statement}
    for name in ("Principal", "NotPrincipal"):
        if isinstance(kept.get(name), dict) and "AWS" in kept[name]:
            roots = [_root(each, region) for each in _listed(kept[name]["AWS"])]
            kept[name]["AWS"] = _unlisted(roots)
    return kept


def _unlisted(value: Any) -> Any:
    """A list of one as its element (observed for Action, inferred for the rest), on every level."""
    if isinstance(value, dict):
        return {name: _unlisted(each) for name, each in value.items()}
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _root(principal: str, region: str) -> str:
    """An account's number as the ARN of its root (observed: facts/access 8.3); any other principal as it is."""
    return names.root_arn(principal, region) if names.is_account(principal) else principal


class _StatementReader(NamedTuple):
    """Checks statements of one kind of policy; ValueErrors say what is wrong."""

    kind: Kind
    prefix: str
    """How the ARN of each repository of this registry begins."""
    region: str
    v1: bool

    def statement(self, body: dict[str, Any]) -> Statement:
        """One statement."""
        sid = _text(body["Sid"], "Sid") if "Sid" in body else None
        actions = _words(body, "Action")
        actions = actions._replace(texts=tuple(map(str.lower, actions.texts)))
        for action in actions.texts:
            self._check_action(action)
        effect = _among(body.get("Effect"), ("Allow", "Deny"), "Effect")
        principals, others = self._principals(body)
        conditions = _conditions(body.get("Condition", {}))
        return Statement(effect, actions, self._resources(body), principals, others, conditions, sid)

    def _check_action(self, action: str) -> None:
        if self.kind == "identity":
            good = _ANY_ACTION.fullmatch(action) is not None
        elif self.v1:
            good = action in _V1 or action == "ecr:*"
        else:
            good = action == "*" or action in _KNOWN or _PATTERN.fullmatch(action) is not None
        if not good:
            raise ValueError(f"there is no action {action!r} here")

    def _resources(self, body: dict[str, Any]) -> Words:
        if self.kind == "repository":
            # accepted absent or as `*`, the reports being at odds (facts/access 4.1) [ours]
            if "NotResource" in body or tuple(_listed(body.get("Resource", "*"))) != ("*",):
                raise ValueError("a repository policy is about its repository only")
            return Words(("*",), negated=False)
        resources = _words(body, "Resource")
        for text in resources.texts:
            own = text.startswith(self.prefix) and text != self.prefix
            if text != "*" and not (own if self.kind == "registry" else text.startswith("arn:")):
                raise ValueError(f"{text!r} is no resource here")
        if resources.negated and self.kind == "registry":
            raise ValueError("a registry policy says Resource")
        return resources

    def _principals(self, body: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...], bool]:
        if self.kind == "identity":
            if "Principal" in body or "NotPrincipal" in body:
                raise ValueError("an identity policy has no principal")
            return (), False
        given, negated = _either(body, "Principal")
        if given == "*":
            return (("AWS", "*"),), negated
        listed = [
            (type_, text) for type_, texts in _object(given, "Principal", _PRINCIPALS).items() for text in _texts(texts)
        ]
        for type_, text in listed:
            if not _PRINCIPALS[type_].fullmatch(text):
                raise ValueError(f"{text!r} is no {type_} principal")
        if not listed:
            raise ValueError("no principal")
        return tuple((type_, _root(text, self.region) if type_ == "AWS" else text) for type_, text in listed), negated


# -- the grammar of facts/access 5.1


def _object(value: Any, what: str, known: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")  # noqa: TRY004 (every fault is a ValueError)
    for name in value:
        if name not in known:
            raise ValueError(f"{what} has no member {name!r}")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} is no text")  # noqa: TRY004 (as above)
    return value


def _among(value: Any, choices: tuple[str, ...], what: str) -> Any:
    if value not in choices:
        raise ValueError(f"{what} is not {' or '.join(choices)}")
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> tuple[str, ...]:
    """A text, or a list of at least one."""
    texts = tuple(_text(each, "a value") for each in _listed(value))
    if not texts:
        raise ValueError("an empty list")
    return texts


def _either(body: dict[str, Any], name: str) -> tuple[Any, bool]:
    """The value of an element or of its Not… twin, and whether it is the twin."""
    present = [each for each in (name, f"Not{name}") if each in body]
    if len(present) != 1:
        raise ValueError(f"exactly one of {name} and Not{name}")
    return body[present[0]], present[0] != name


def _words(body: dict[str, Any], name: str) -> Words:
    value, negated = _either(body, name)
    return Words(_texts(value), negated)


def _conditions(value: Any) -> tuple[Condition, ...]:
    """Operator -> key -> scalar or list of scalars."""
    if not isinstance(value, dict) or not all(isinstance(keys, dict) for keys in value.values()):
        raise ValueError("Condition is no map of maps")
    found = []
    for name, keys in value.items():
        condition(name, "", ())  # an operator without keys must be one, too
        for key, values in keys.items():
            texts = tuple(_scalar(each) for each in _listed(values))
            if not texts:
                raise ValueError("an empty list")
            found.append(condition(name, key, texts))
    return tuple(found)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _text(value, "a condition's value")


# -- JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key that is there twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_constant)
