"""ecrmock.base.jackson: JSON as AWS prints it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.base.jackson import jackson

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{ }"),
        ([], "[ ]"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (-3, "-3"),
        (1.5, "1.5"),
        ("", '""'),
        ("a/b é 鲸 \u2028", '"a/b é 鲸 \u2028"'),
        ('"\\', r'"\"\\"'),
        ("\b\t\n\f\r\0\x1b\x7f", r'"\b\t\n\f\r\u0000\u001B' + '\x7f"'),
        ([1, [2, []], "x"], '[ 1, [ 2, [ ] ], "x" ]'),
        ({"a": 1}, '{\n  "a" : 1\n}'),
        ({"a": {"b": [1]}, "c": {}}, '{\n  "a" : {\n    "b" : [ 1 ]\n  },\n  "c" : { }\n}'),
        ([{"a": 1}, {"b": 2}], '[ {\n  "a" : 1\n}, {\n  "b" : 2\n} ]'),
        ({"l": [{"a": [{}]}]}, '{\n  "l" : [ {\n    "a" : [ { } ]\n  } ]\n}'),
        ({'"': ()}, '{\n  "\\"" : [ ]\n}'),
    ],
)
def test_values_are_printed(value, text):
    assert jackson(value) == text


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_what_is_printed_is_the_same_json(value):
    assert json.loads(jackson(value)) == value


@pytest.mark.parametrize("value", [b"", {1}, {"a": object()}])
def test_what_is_no_json_is_not_printed(value):
    with pytest.raises(TypeError):
        jackson(value)
