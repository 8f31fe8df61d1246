"""Does a condition of a policy hold for a request? Operators, absent keys, wildcards and policy variables.

All of facts/access 5.3; what is marked [ours] there or here is a choice, the rest is the IAM user guide's.
"""

import functools
import operator
import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

Context = Mapping[str, "str | list[str]"]
"""What is known of a request: key in lower case -> its value, or the values of a key that has many (`aws:TagKeys`)."""

# What `*` and `?` become where they are wildcards. Lone surrogates: no text that was read from a policy or a request
# holds one, so that a star from `${*}` or from a tag stays a star.
_RUN, _ONE = "\ud800", "\ud801"
_MARKS = str.maketrans({"*": _RUN, "?": _ONE})
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_ARN_PARTS = 6
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")


# -- wildcards


@functools.lru_cache(1024)
def marked(text: str) -> str:
    """A pattern for `fits`: each `*` and `?` of the text is a wildcard."""
    return text.translate(_MARKS)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits a marked pattern; `*` stands for any run, `?` for one character; case counts."""
    return _compiled(pattern).fullmatch(text) is not None


@functools.lru_cache(1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Atomic groups take each middle piece where it comes first: never wrong, and no pattern makes it slow."""
    head, *rest = (".".join(map(re.escape, piece.split(_ONE))) for piece in pattern.split(_RUN))
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return re.compile(f"{head}{middle}.*{rest[-1]}" if rest else head, re.DOTALL)


# -- policy variables


def expand(text: str, context: Context, *, wildcards: bool) -> str | None:
    """A text with its `${…}` filled in, a marked pattern if asked; None when one of them has no value.

    Only for documents of Version 2012-10-17.
    """
    pieces = _VARIABLE.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            value = _variable(piece, context)
            if value is None:
                return None
            pieces[index] = value
        elif wildcards:
            pieces[index] = marked(piece)
    return "".join(pieces)


def _variable(inside: str, context: Context) -> str | None:
    """The value of `key`, of `key, 'default'`, or of an escaped `*`, `?`, `$`."""
    if inside in ("*", "?", "$"):
        return inside
    key, _, default = inside.partition(",")
    value = context.get(key.strip().lower())
    if isinstance(value, str):
        return value
    quoted = re.fullmatch(r"\s*'(.*)'\s*", default, re.DOTALL)
    return quoted[1] if quoted else None


# -- what operators compare; the request's value comes first


def _ignoring_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


def _like(value: str, wanted: str) -> bool:
    return fits(wanted, value)


def _arn(value: str, wanted: str) -> bool:
    """Part by part; a bare `*` is every ARN [ours]."""
    parts, patterns = value.split(":", _ARN_PARTS - 1), wanted.split(":", _ARN_PARTS - 1)
    if wanted == _RUN or len(patterns) != len(parts):
        return wanted == _RUN
    return all(fits(pattern, part) for pattern, part in zip(patterns, parts, strict=True))


@functools.lru_cache(1024)
def _address(value: str, wanted: str) -> bool:
    """Whether an address lies in a network; what is neither lies nowhere."""
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 (most worlds have no such policy)

    try:
        address = ip_address(value)
        # a socket for both families calls its IPv4 peers ::ffff:a.b.c.d
        return (getattr(address, "ipv4_mapped", None) or address) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _moment(text: str) -> float | None:
    """Epoch seconds or ISO 8601; a time without a zone is UTC."""
    from datetime import UTC, datetime  # noqa: PLC0415 (as above)

    if (seconds := _number(text)) is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


Test = Callable[[str, str], bool]


def _ordered(read: Callable[[str], float | None], compare: Callable[[float, float], bool]) -> Test:
    """A test of two quantities; what is none of that sort passes no test."""

    def test(value: str, wanted: str) -> bool:
        left, right = read(value), read(wanted)
        return left is not None and right is not None and compare(left, right)

    return test


class _Operator(NamedTuple):
    test: Test
    negated: bool = False
    form: Literal["plain", "text", "pattern"] = "plain"
    """Whether policy variables, or variables and wildcards, may stand in the policy's value."""


_COMPARISONS = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_OPERATORS: dict[str, _Operator] = {
    "StringEquals": _Operator(operator.eq, form="text"),
    "StringNotEquals": _Operator(operator.eq, negated=True, form="text"),
    "StringEqualsIgnoreCase": _Operator(_ignoring_case, form="text"),
    "StringNotEqualsIgnoreCase": _Operator(_ignoring_case, negated=True, form="text"),
    "StringLike": _Operator(_like, form="pattern"),
    "StringNotLike": _Operator(_like, negated=True, form="pattern"),
    "Bool": _Operator(_ignoring_case),
    "BinaryEquals": _Operator(operator.eq),
    "IpAddress": _Operator(_address),
    "NotIpAddress": _Operator(_address, negated=True),
    "ArnEquals": _Operator(_arn, form="pattern"),
    "ArnLike": _Operator(_arn, form="pattern"),
    "ArnNotEquals": _Operator(_arn, negated=True, form="pattern"),
    "ArnNotLike": _Operator(_arn, negated=True, form="pattern"),
    "Null": _Operator(_ignoring_case),
}
for _family, _read in (("Numeric", _number), ("Date", _moment)):
    _equal = _ordered(_read, operator.eq)
    _OPERATORS[f"{_family}Equals"] = _Operator(_equal)
    _OPERATORS[f"{_family}NotEquals"] = _Operator(_equal, negated=True)
    _OPERATORS |= {f"{_family}{name}": _Operator(_ordered(_read, by)) for name, by in _COMPARISONS.items()}


# -- conditions


class Condition(NamedTuple):
    """One key under one operator."""

    quantifier: str
    """ForAllValues, ForAnyValue or nothing."""
    operator: str
    """A name without quantifier and IfExists."""
    optional: bool
    """IfExists."""
    key: str
    """In lower case."""
    values: tuple[str, ...]


def condition(name: str, key: str, values: tuple[str, ...]) -> Condition:
    """A condition as a policy writes it: operator's full name, key, values. Raises ValueError for no such operator."""
    quantifier, colon, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    known = base in _OPERATORS and not (base == "Null" and base != rest)
    if not known or quantifier not in (("ForAllValues", "ForAnyValue") if colon else ("",)):
        raise ValueError(f"there is no condition operator {name!r}")
    return Condition(quantifier, base, base != rest, key.lower(), values)


def holds(conditions: tuple[Condition, ...], context: Context, *, variables: bool) -> bool:
    """Whether all conditions of a statement hold; `variables` for documents of Version 2012-10-17."""
    return all(_holds(each, context, variables) for each in conditions)


def _holds(this: Condition, context: Context, variables: bool) -> bool:  # noqa: FBT001 (inner)
    found = context.get(this.key)
    values = [found] if isinstance(found, str) else list(found or ())
    if this.operator == "Null":
        absent = "false" if values else "true"
        return any(_ignoring_case(absent, wanted) for wanted in this.values)
    negated = _OPERATORS[this.operator].negated
    if not values:
        return this.optional or this.quantifier == "ForAllValues" or (negated and this.quantifier != "ForAnyValue")
    results = [_passes(this, value, context, variables) for value in values]
    # a key of many values without a quantifier: any of them, or none where the operator is a negated one [ours]
    every = this.quantifier == "ForAllValues" or (negated and not this.quantifier)
    return all(results) if every else any(results)


def _passes(this: Condition, value: str, context: Context, variables: bool) -> bool:  # noqa: FBT001 (inner)
    """One value of the request against the policy's: OR, and NOR for a negated operator."""
    test, negated, form = _OPERATORS[this.operator]
    for wanted in this.values:
        if form == "plain":
            ready: str | None = wanted
        elif variables:
            ready = expand(wanted, context, wildcards=form == "pattern")
        else:
            ready = marked(wanted) if form == "pattern" else wanted
        if ready is not None and test(value, ready):
            return not negated
    return negated
