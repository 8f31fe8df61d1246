"""ecrmock.base.pages: tokens that only their own list accepts."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.base.pages import Pages

SCOPE = ("ListImages", "123456789012", "us-east-1", "team/app")


@pytest.mark.parametrize("place", ["team/app", [17, "v1"], [17, ""], 0, 12, None, {"a": 1}, "é\n\0"])
def test_a_place_survives_its_token(place):
    pages = Pages(b"key")
    assert pages.place(SCOPE, pages.token(SCOPE, place)) == place


def test_a_token_tells_only_of_its_own_list():
    pages = Pages(b"key")
    token = pages.token(SCOPE, 5)
    others = [SCOPE[:-1], (*SCOPE[:-1], "team/other"), ("DescribeImages", *SCOPE[1:]), (*SCOPE, "more"), ()]
    for other in others:
        with pytest.raises(ValueError, match="not a token of this list"):
            pages.place(other, token)


def test_a_token_of_another_world_is_refused():
    with pytest.raises(ValueError, match="not a token of this list"):
        Pages(b"one").place(SCOPE, Pages(b"two").token(SCOPE, 5))


@pytest.mark.parametrize("token", ["", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAA", "é", "a b", "=", "null", "A" * 5000])
def test_nonsense_is_refused(token):
    with pytest.raises(ValueError):  # noqa: PT011 (whichever sentence, the door has its own)
        Pages(b"key").place(SCOPE, token)


def test_a_token_damaged_anywhere_is_refused():
    pages = Pages(b"key")
    raw = base64.b64decode(pages.token(SCOPE, [1, "v1"]))
    for position in range(len(raw)):
        damaged = bytearray(raw)
        damaged[position] ^= 1
        with pytest.raises(ValueError, match="not a token of this list"):
            pages.place(SCOPE, base64.b64encode(damaged).decode())


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_is_accepted_by_chance(text):
    with pytest.raises(ValueError):  # noqa: PT011 (whichever sentence, the door has its own)
        Pages(b"key").place(SCOPE, text)
