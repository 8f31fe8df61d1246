"""ecrmock.base.cursors: tokens that only their own list accepts."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.base.cursors import Cursors

SCOPE = ("ListImages", "123456789012", "us-east-1", "team/app")


@pytest.mark.parametrize("place", ["team/app", [17, "v1"], [17, ""], 0, 12, None, {"a": 1}, "é\n\0"])
def test_a_place_survives_its_token(place):
    pages = Cursors(b"key")
    assert pages.decode(SCOPE, pages.encode(SCOPE, place)) == place


def test_a_token_tells_only_of_its_own_list():
    pages = Cursors(b"key")
    token = pages.encode(SCOPE, 5)
    others = [SCOPE[:-1], (*SCOPE[:-1], "team/other"), ("DescribeImages", *SCOPE[1:]), (*SCOPE, "more"), ()]
    for other in others:
        with pytest.raises(ValueError, match="not a token of this list"):
            pages.decode(other, token)


def test_a_token_of_another_world_is_refused():
    with pytest.raises(ValueError, match="not a token of this list"):
        Cursors(b"one").decode(SCOPE, Cursors(b"two").encode(SCOPE, 5))


@pytest.mark.parametrize("token", ["", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAA", "é", "a b", "=", "null", "A" * 5000])
def test_nonsense_is_refused(token):
    with pytest.raises(ValueError):  # noqa: PT011 (whichever sentence, the door has its own)
        Cursors(b"key").decode(SCOPE, token)


def test_a_token_with_another_letter_anywhere_is_refused():
    pages = Cursors(b"key")
    tokens = [pages.encode(SCOPE, place) for place in (1, 10, 100)]
    assert {token.count("=") for token in tokens} == {0, 1, 2}
    for token in tokens:
        for place, letter in enumerate(token):
            for other in (chr(ord(letter) ^ 1), chr(ord(letter) ^ 2)):
                with pytest.raises(ValueError):  # noqa: PT011 (as above)
                    pages.decode(SCOPE, token[:place] + other + token[place + 1 :])


def test_a_token_damaged_anywhere_is_refused():
    pages = Cursors(b"key")
    raw = base64.b64decode(pages.encode(SCOPE, [1, "v1"]))
    for position in range(len(raw)):
        damaged = bytearray(raw)
        damaged[position] ^= 1
        with pytest.raises(ValueError, match="not a token of this list"):
            pages.decode(SCOPE, base64.b64encode(damaged).decode())


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_is_accepted_by_chance(text):
    with pytest.raises(ValueError):  # noqa: PT011 (whichever sentence, the door has its own)
        Cursors(b"key").decode(SCOPE, text)
