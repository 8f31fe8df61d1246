"""What does a lifecycle policy say, is it one, and how does AWS keep it? facts/automation 1.1 to 1.3."""

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.jsons import ENCODER, loads
from ecrmock.errors.ecr import InvalidParameterException

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SHORTEST, _LONGEST = 100, 30_720
_MOST_STARS = 4
_SHORTEST_ARCHIVE = 90
_FOREVER = 10**9
"""No image is so old, and no repository so full; a number without bounds would not fit into a time."""


class Rule(NamedTuple):
    """One rule."""

    priority: int
    status: str
    """any, tagged or untagged."""
    patterns: tuple[str, ...]
    prefixes: tuple[str, ...]
    storage: str
    """standard or archive: the images that it sees."""
    kind: str
    """imageCountMoreThan, sinceImagePushed, sinceImagePulled or sinceImageTransitioned."""
    number: int
    """Days of an age rule; how many images a count rule keeps."""
    action: str
    """expire or transition."""


# The shape of AWS's own schema, as far as its messages show it (facts/automation 1.2); enums in the order in which they
# are printed.
_LIST = {"type": "array", "items": {"type": "string", "minLength": 1}}
_LIVE, _STORED = {"not": {"const": "archive"}}, {"not": {"const": "standard"}}
"""The storage class of a kind of count; a class of another name is told by its enum."""


def _object(required: list[str], properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties, **more}


def _counted(kind: str, required: list[str], **properties: Any) -> dict[str, Any]:
    """A branch of `selection`: what goes with one countType."""
    return {"properties": {"countType": {"const": kind}, **properties}, "required": required}


_SELECTION = _object(
    ["countNumber", "countType", "tagStatus"],
    {
        "tagStatus": {"enum": ["any", "tagged", "untagged"]},
        "tagPatternList": _LIST,
        "tagPrefixList": _LIST,
        "storageClass": {"enum": ["archive", "standard"]},
        "countType": {"type": "string"},
        "countUnit": {"enum": ["days"]},
        "countNumber": {"type": "integer", "minimum": 1},
    },
    oneOf=[  # four since the archive (observed); a unit of another name is told by its enum, one level down
        _counted("imageCountMoreThan", [], countUnit=False, storageClass=_LIVE),
        _counted("sinceImagePulled", ["countUnit"], storageClass=_LIVE),
        _counted("sinceImagePushed", ["countUnit"], storageClass=_LIVE),
        _counted("sinceImageTransitioned", ["countUnit", "storageClass"], storageClass=_STORED),
    ],
)
_ACTION = {
    "oneOf": [
        _object(["type"], {"type": {"enum": ["expire"]}}),
        _object(
            ["targetStorageClass", "type"],
            {"type": {"enum": ["transition"]}, "targetStorageClass": {"enum": ["archive"]}},
        ),
    ]
}
_RULE = _object(
    ["action", "rulePriority", "selection"],
    {
        "rulePriority": {"type": "integer", "minimum": 1},
        "description": {"type": "string"},
        "selection": _SELECTION,
        "action": _ACTION,
    },
)
_SCHEMA = _object(["rules"], {"rules": {"type": "array", "minItems": 1, "maxItems": 50, "items": _RULE}})


def read(text: str) -> str:
    """The form in which a policy is kept: compact, members in AWS's order, rules by priority, empty lists dropped.

    Raises InvalidParameterException: not JSON, not the schema (in the words of AWS's validator), or a rule that does
    not go with itself or another.
    """
    _check_length(text)
    try:
        body = loads(text.encode())
    except ValueError:  # lone surrogates too, which no UTF-8 has
        body = None
    if not isinstance(body, dict):
        raise _fault("Could not map policyString into LifecyclePolicy.")
    try:
        lines = _schema_lines(body)
    except RecursionError:  # so deep that it can be read but not printed
        raise _fault("Could not map policyString into LifecyclePolicy.") from None
    if lines:
        raise _fault("\n".join([*lines, ""]))
    stored = {"rules": [_stored(row) for row in sorted(body["rules"], key=lambda row: row["rulePriority"])]}
    for sentence in _faults(_rules(stored)):
        raise _fault(sentence)
    return ENCODER.encode(stored)


def _check_length(text: str) -> None:
    """The API's bounds, for whoever comes past its door: templates, seeds."""
    bound = None
    if len(text) < _SHORTEST:
        bound = f"greater than or equal to {_SHORTEST}"
    elif len(text) > _LONGEST:
        bound = f"less than or equal to {_LONGEST}"
    if bound:
        raise InvalidParameterException("lifecyclePolicyText", f"Member must have length {bound}")


@functools.lru_cache(maxsize=256)
def rules(stored: str) -> tuple[Rule, ...]:
    """The rules of a policy as kept, by priority."""
    return tuple(_rules(json.loads(stored)))


def _fault(sentence: str) -> InvalidParameterException:
    return InvalidParameterException("LifecyclePolicyText", f"Lifecycle policy validation failure: {sentence}")


def _rules(body: dict[str, Any]) -> list[Rule]:
    return [
        Rule(
            priority=row["rulePriority"],
            status=row["selection"]["tagStatus"],
            patterns=tuple(row["selection"].get("tagPatternList", ())),
            prefixes=tuple(row["selection"].get("tagPrefixList", ())),
            storage=row["selection"].get("storageClass", "standard"),
            kind=row["selection"]["countType"],
            number=min(row["selection"]["countNumber"], _FOREVER),
            action=row["action"]["type"],
        )
        for row in body["rules"]
    ]


_ORDER = (
    *("rulePriority", "description", "selection", "action"),
    *("tagStatus", "tagPatternList", "tagPrefixList", "storageClass", "countType", "countUnit", "countNumber"),
    *("type", "targetStorageClass"),
)


def _stored(row: Any) -> Any:
    if isinstance(row, dict):
        return {name: _stored(row[name]) for name in _ORDER if name in row and row[name] != []}
    return int(row) if isinstance(row, float) else row  # 5.0 is an integer to a JSON schema


# -- facts/automation 1.2, step 4: the lines of json-schema-validator (Java), which ECR shows


def _schema_lines(body: dict[str, Any]) -> list[str]:
    """One line a fault; what is inside a faulty object is not looked at."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 (a tenth of a second)

    found = sorted(Draft202012Validator(_SCHEMA).iter_errors(body), key=_place)
    bad = {tuple(error.absolute_path) for error in found}
    mistyped = {tuple(error.absolute_path) for error in found if error.validator == "type"}
    lines: dict[tuple[Any, ...], str] = {}
    for error in found:
        path = tuple(error.absolute_path)
        other = error.validator != "type" and path in mistyped
        if not other and not any(path[:end] in bad for end in range(len(path))):
            lines.setdefault((path, error.validator), _WORDS[str(error.validator)](error))
    return list(lines.values())


def _place(error: "ValidationError") -> tuple[Any, ...]:
    # members by name, items by index, keywords by name; a path never has both kinds at one depth
    return (tuple(error.absolute_path), str(error.validator))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return {str: "string", int: "integer", float: "number", list: "array", dict: "object"}[type(value)]


_WORDS: dict[str, Callable[[Any], str]] = {
    "additionalProperties": lambda error: (
        "object instance has properties which are not allowed by the schema: "
        + _json(sorted(set(error.instance) - set(error.schema["properties"])))
    ),
    "enum": lambda error: (
        f"instance value ({_json(error.instance)}) not found in enum (possible values: {_json(error.validator_value)})"
    ),
    "maxItems": lambda error: (
        f"array is too long: must have at most {error.validator_value} elements "
        f"but instance has {len(error.instance)} elements"
    ),
    "minItems": lambda error: (
        f"array is too short: must have at least {error.validator_value} elements "
        f"but instance has {len(error.instance)} elements"
    ),
    "minLength": lambda error: (
        f"string {_json(error.instance)} is too short "
        f"(length: {len(error.instance)}, required minimum: {error.validator_value})"
    ),
    "minimum": lambda error: (
        "numeric instance is lower than the required minimum "
        f"(minimum: {error.validator_value}, found: {_json(error.instance)})"
    ),
    "oneOf": lambda error: (
        f"instance failed to match exactly one schema (matched 0 out of {len(error.validator_value)})"
    ),
    "required": lambda error: (
        f"object has missing required properties ({_json(sorted(set(error.validator_value) - set(error.instance)))})"
    ),
    "type": lambda error: (
        f"instance type ({_kind(error.instance)}) does not match any allowed primitive type "
        f"(allowed: {_json([error.validator_value])})"
    ),
}


# -- facts/automation 1.2, step 5: each rule by itself, then with the others of its class


def _faults(found: list[Rule]) -> Iterator[str]:
    yield from (sentence for rule in found for sentence in _own_faults(rule))
    if len({rule.priority for rule in found}) != len(found):
        yield "Rule priorities must be unique."
    for storage in ("standard", "archive"):
        yield from _class_faults([rule for rule in found if rule.storage == storage])


def _own_faults(rule: Rule) -> Iterator[str]:
    tagged, listed = rule.status == "tagged", rule.patterns or rule.prefixes
    archived = rule.kind == "sinceImageTransitioned"
    checks: Iterable[tuple[Any, str]] = (
        (tagged and not listed, "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED."),
        (rule.patterns and rule.prefixes, "Cannot specify both tagPrefixList and tagPatternList."),
        (
            listed and not tagged,
            "tagPrefixList and tagPatternList can only be specified when tagStatus=TAGGED.",
        ),
        (
            any(pattern.count("*") > _MOST_STARS for pattern in rule.patterns),
            f"Tag patterns can have at most {_MOST_STARS} wildcards.",
        ),
        (
            archived and rule.action != "expire",
            "countType=sinceImageTransitioned can only be used with action type EXPIRE.",
        ),
        (
            archived and rule.number < _SHORTEST_ARCHIVE,
            f"countNumber must be at least {_SHORTEST_ARCHIVE} when countType=sinceImageTransitioned.",
        ),
        (
            rule.kind == "sinceImagePulled" and rule.action != "transition",
            "countType=sinceImagePulled can only be used with action type TRANSITION.",
        ),
    )
    return (sentence for wrong, sentence in checks if wrong)


def _class_faults(found: list[Rule]) -> Iterator[str]:
    if sum(rule.status == "untagged" for rule in found) > 1:
        yield "Only one rule can select Untagged images per storage class."
    if any(rule.status == "any" for rule in found[:-1]):  # by priority
        yield "Rule for tagStatus=ANY must have the lowest priority per storage class"
    sets = Counter(frozenset(rule.prefixes) for rule in found if rule.prefixes)
    if any(count > 1 for count in sets.values()):
        yield "Tag prefixes must be unique per storage class."
