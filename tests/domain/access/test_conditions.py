"""ecrmock.domain.access.conditions: operators, absent keys, wildcards, variables (facts/access 5.3)."""

import fnmatch
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.domain.access.conditions import condition, expand, fits, holds, marked

ROLE = "arn:aws:iam::111111111111:role/ci"


def check(name, given, *wanted, variables=True, **context):
    """Whether a condition on key `k` holds when the request has this value (None: no such key)."""
    known = {} if given is None else {"k": given}
    return holds((condition(name, "K", wanted),), known | context, variables=variables)


@pytest.mark.parametrize(
    ("name", "given", "wanted", "result"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "ab", "a*", False),
        ("StringEquals", "", "", True),
        ("StringNotEquals", "a", "a", False),
        ("StringNotEquals", "a", "A", True),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringEqualsIgnoreCase", "a", "b", False),
        ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
        ("StringLike", "dev-1", "dev-*", True),
        ("StringLike", "dev-", "dev-?", False),
        ("StringLike", "Dev-1", "dev-*", False),
        ("StringNotLike", "dev-1", "dev-*", False),
        ("StringNotLike", "prod", "dev-*", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "1e1", "10", True),
        ("NumericEquals", "ten", "10", False),
        ("NumericEquals", "10", "ten", False),
        ("NumericEquals", "nan", "nan", False),
        ("NumericEquals", "1_0", "10", False),
        ("NumericNotEquals", "10", "11", True),
        ("NumericNotEquals", "10", "10", False),
        ("NumericNotEquals", "ten", "10", True),
        ("NumericLessThan", "9", "10", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "11", "10", False),
        ("NumericGreaterThan", "-9", "-10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericGreaterThanEquals", "9.9", "10", False),
        ("NumericGreaterThan", "9" * 300, "1", True),
        ("NumericGreaterThan", "9" * 301, "1", False),
        ("DateEquals", "2026-01-02T00:00:00Z", "2026-01-02", True),
        ("DateEquals", "2026-01-02T00:00:00Z", "2026-01-02T02:00:00+02:00", True),
        ("DateEquals", "2026-01-02T00:00:00Z", "1767312000", True),
        ("DateEquals", "2026-01-02T00:00:00Z", "tomorrow", False),
        ("DateNotEquals", "2026-01-02T00:00:00Z", "2026-01-03", True),
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00.5Z", True),
        ("DateLessThanEquals", "1767312000", "2026-01-02T00:00:00Z", True),
        ("DateGreaterThan", "2026-01-03T00:00:00Z", "2026-01-02T00:00:00Z", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", False),
        ("DateGreaterThanEquals", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", True),
        ("DateGreaterThan", "0001-01-01T00:00:00+14:00", "0", False),
        ("Bool", "true", "true", True),
        ("Bool", "TRUE", "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "qmluyxj5", False),
        ("IpAddress", "54.240.143.9", "54.240.143.0/24", True),
        ("IpAddress", "54.240.144.9", "54.240.143.0/24", False),
        ("IpAddress", "54.240.143.9", "54.240.143.9", True),
        ("IpAddress", "54.240.143.9", "54.240.143.1/24", True),
        ("IpAddress", "54.240.143.10", "54.240.143.9", False),
        ("IpAddress", "::ffff:54.240.143.9", "54.240.143.0/24", True),
        ("IpAddress", "2001:db8::1", "2001:db8::/32", True),
        ("IpAddress", "2001:db9::1", "2001:db8::/32", False),
        ("IpAddress", "2001:db8::1", "2001:DB8:0::1", True),
        ("IpAddress", "2001:db8::1", "0.0.0.0/0", False),
        ("IpAddress", "10.0.0.1", "::/0", False),
        ("IpAddress", "localhost", "0.0.0.0/0", False),
        ("IpAddress", "10.0.0.1", "10.0.0.0/33", False),
        ("NotIpAddress", "203.0.113.5", "54.240.143.0/24", True),
        ("NotIpAddress", "54.240.143.9", "54.240.143.0/24", False),
        ("NotIpAddress", "localhost", "0.0.0.0/0", True),
        *[(name, ROLE, ROLE, True) for name in ("ArnEquals", "ArnLike")],
        *[(name, ROLE, "arn:aws:iam::*:role/*", True) for name in ("ArnEquals", "ArnLike")],
        *[(name, ROLE, "arn:aws:iam::*:role/*", False) for name in ("ArnNotEquals", "ArnNotLike")],
        ("ArnLike", ROLE, "arn:aws:iam::11111111111?:role/c?", True),
        ("ArnLike", ROLE, "arn:*:role/ci", False),  # StringLike would fit: a star stays in its part
        ("ArnLike", ROLE, "arn:aws:iam::*", False),
        ("ArnLike", "arn:aws:x:r:1:a:b:c", "arn:aws:x:r:1:a*c", True),
        ("ArnLike", ROLE, "*", True),
        ("ArnLike", "no arn", "arn:*:*:*:*:*", False),
        ("ArnNotLike", "no arn", "arn:*:*:*:*:*", True),
        ("Null", "x", "true", False),
        ("Null", "x", "false", True),
        ("Null", "", "false", True),
        ("Null", None, "true", True),
        ("Null", None, "True", True),
        ("Null", None, "false", False),
        ("Null", [], "true", True),
    ],
)
def test_one_value(name, given, wanted, result):
    assert check(name, given, wanted) is result


@pytest.mark.parametrize(
    ("name", "given", "result"),
    [
        ("StringEquals", "b", True),
        ("StringEquals", "c", False),
        ("StringNotEquals", "b", False),
        ("StringNotEquals", "c", True),
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "d"], False),
        ("ForAnyValue:StringEquals", ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["c", "d"], False),
        ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAllValues:StringLike", "a", True),
        ("StringEquals", ["c", "b"], True),
        ("StringNotEquals", ["c", "b"], False),
        ("StringNotEquals", ["c", "d"], True),
    ],
)
def test_several_values_are_or_and_negated_ones_nor(name, given, result):
    assert check(name, given, "a", "b") is result


@pytest.mark.parametrize("given", [None, []])
@pytest.mark.parametrize(
    ("name", "result"),
    [
        *[(name, False) for name in ("StringEquals", "StringLike", "NumericLessThan", "DateEquals", "Bool")],
        *[(name, False) for name in ("BinaryEquals", "IpAddress", "ArnLike", "ArnEquals", "StringEqualsIgnoreCase")],
        *[(name, True) for name in ("StringNotEquals", "StringNotLike", "NumericNotEquals", "DateNotEquals")],
        *[(name, True) for name in ("NotIpAddress", "ArnNotLike", "ArnNotEquals", "StringNotEqualsIgnoreCase")],
        *[(name + "IfExists", True) for name in ("StringEquals", "IpAddress", "Bool", "ArnLike", "StringNotEquals")],
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("ForAllValues:StringEqualsIfExists", True),
    ],
)
def test_a_key_that_the_request_lacks(name, given, result):
    assert check(name, given, "x") is result


def test_if_exists_counts_when_there_is_a_value():
    assert check("StringEqualsIfExists", "a", "a")
    assert not check("StringEqualsIfExists", "a", "b")
    assert not check("ForAllValues:StringEqualsIfExists", ["a", "b"], "a")


@pytest.mark.parametrize(
    "name",
    [
        *("", "Equals", "stringequals", "StringEquals ", "NumericLike", "IfExists", "NullIfExists", "BinaryNotEquals"),
        *("ForAllValues:", "ForSomeValues:Bool", ":Bool", "ForAllValues:ForAnyValue:Bool", "BoolIfExistsIfExists"),
        *("forallvalues:Bool", "ForAllValues", "Bool:ForAllValues"),
    ],
)
def test_operators_that_are_none(name):
    with pytest.raises(ValueError, match="no condition operator"):
        condition(name, "k", ("x",))


def test_all_conditions_must_hold():
    both = (condition("StringEquals", "a", ("1",)), condition("Bool", "b", ("true",)))
    assert holds(both, {"a": "1", "b": "true"}, variables=False)
    assert not holds(both, {"a": "1", "b": "false"}, variables=False)
    assert holds((), {}, variables=False)


# -- wildcards


@settings(max_examples=100, deadline=None)
@given(st.text("ab*?", max_size=10), st.text("ab", max_size=10))
def test_wildcards_are_those_of_a_shell(pattern, text):
    assert fits(marked(pattern), text) == fnmatch.fnmatchcase(text, pattern)


@pytest.mark.parametrize("text", ["[a]", ".", "a\nb", "\\", "鲸"])
def test_nothing_else_is_special(text):
    assert fits(marked(text), text)
    assert fits(marked("*"), text)
    assert fits(marked("?" * len(text)), text)


@pytest.mark.parametrize("pattern", ["*a" * 5000 + "b", "*" * 10000 + "b", "*?" * 5000 + "b", "?*a" * 3000 + "b"])
def test_no_pattern_makes_the_matching_slow(pattern):
    started = time.process_time()
    assert not fits(marked(pattern), "a" * 5000)
    assert time.process_time() - started < 2


# -- policy variables


CONTEXT = {"aws:username": "alice", "aws:principaltag/team": "x*", "aws:tagkeys": ["a"], "empty": ""}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("${aws:username}", "alice"),
        ("a/${AWS:UserName}/b", "a/alice/b"),
        ("${aws:username}${aws:username}", "alicealice"),
        ("${aws:principalTag/team}", "x*"),
        ("${empty}", ""),
        ("${*}${?}${$}", "*?$"),
        ("${$}{aws:username}", "${aws:username}"),
        ("${none, 'somebody'}", "somebody"),
        ("${none,''}", ""),
        ("${aws:username, 'somebody'}", "alice"),
        ("${aws:username", "${aws:username"),
        ("$aws:username}", "$aws:username}"),
        ("${none}", None),
        ("${none, bare}", None),
        ("${none, 'open}", None),
        ("${}", None),
        ("${aws:TagKeys}", None),
    ],
)
def test_variables_are_filled_in(text, filled):
    assert expand(text, CONTEXT, wildcards=False) == filled


def test_a_star_in_a_variable_is_no_wildcard():
    assert fits(expand("${aws:PrincipalTag/team}-*", CONTEXT, wildcards=True), "x*-1")
    assert not fits(expand("${aws:PrincipalTag/team}-*", CONTEXT, wildcards=True), "xy-1")
    assert fits(expand("a${*}?", CONTEXT, wildcards=True), "a*b")
    assert not fits(expand("a${*}?", CONTEXT, wildcards=True), "abb")


@pytest.mark.parametrize(
    ("name", "given", "wanted", "result"),
    [
        ("StringEquals", "alice", "${user}", True),
        ("StringEqualsIgnoreCase", "ALICE", "${user}", True),
        ("StringLike", "alice-1", "${user}-*", True),
        ("StringLike", "bob-1", "${user}-*", False),
        ("StringEquals", "*", "${*}", True),
        ("StringLike", "a", "${*}", False),
        ("ArnLike", "arn:aws:iam::1:user/alice", "arn:aws:iam::*:user/${user}", True),
        ("ArnEquals", ROLE, "${arn}", True),
        ("StringEquals", "alice", "${nobody}", False),
        ("StringNotEquals", "alice", "${nobody}", True),
        ("StringEquals", "guest", "${nobody, 'guest'}", True),
        ("NumericEquals", "1", "${one}", False),
        ("Bool", "true", "${yes}", False),
    ],
)
def test_variables_stand_in_string_and_arn_conditions(name, given, wanted, result):
    context = {"user": "alice", "arn": ROLE, "one": "1", "yes": "true"}
    assert check(name, given, wanted, **context) is result


def test_documents_of_2008_have_no_variables():
    assert not check("StringEquals", "alice", "${user}", variables=False, user="alice")
    assert check("StringEquals", "${user}", "${user}", variables=False, user="alice")
    assert check("StringLike", "${user}", "${u*}", variables=False)
