"""ecrmock.domain.access.tokens: who a login speaks for, and until when."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.domain.access import tokens
from ecrmock.domain.access.tokens import Claims
from ecrmock.engine.world import World
from ecrmock.settings import Settings

HOUR = 3600
ROOT = "arn:aws:iam::123456789012:root"


def claims(world, hours=12):
    return Claims("123456789012", "eu-west-1", ROOT, "123456789012", "ecr", world.clock.now() + hours * HOUR)


def test_a_token_tells_what_was_claimed(world):
    claimed = claims(world)
    assert tokens.read(world, tokens.issue(world, claimed)) == claimed


def test_two_tokens_for_the_same_caller_differ(world):
    claimed = claims(world)
    assert tokens.issue(world, claimed) != tokens.issue(world, claimed)


def test_a_token_has_the_shape_of_a_real_one(world):
    claimed = claims(world)
    token = tokens.issue(world, claimed)
    assert ":" not in token  # the AWS CLI splits `AWS:token` there
    assert token.isascii()
    body = json.loads(base64.b64decode(token))
    assert list(body) == ["payload", "datakey", "version", "type", "expiration"]
    assert body["datakey"].startswith("AQEB")
    assert (body["version"], body["type"], body["expiration"]) == ("2", "DATA_KEY", int(claimed.expires))


@pytest.mark.parametrize(("seconds", "found"), [(0, "good"), (12 * HOUR - 1, "good"), (12 * HOUR, "expired")])
def test_a_token_holds_for_twelve_hours_of_world_time(world, seconds, found):
    claimed = claims(world)
    token = tokens.issue(world, claimed)
    world.travel(world.clock.now() + seconds)
    assert tokens.read(world, token) == (claimed if found == "good" else "expired")


def test_a_token_of_another_world_is_invalid(world, make_world):
    token = tokens.issue(world, claims(world))
    assert tokens.read(make_world(), token) == "invalid"


def test_worlds_of_one_seed_know_each_others_tokens(make_world):
    first, second = make_world(seed="same"), make_world(seed="same")
    assert tokens.read(second, tokens.issue(first, claims(first))) == claims(first)


def test_a_tampered_payload_is_invalid(world):
    body = json.loads(base64.b64decode(tokens.issue(world, claims(world))))
    payload = base64.b64decode(body["payload"])
    for position in (0, 31, 32, 40, len(payload) - 1):
        damaged = bytearray(payload)
        damaged[position] ^= 1
        changed = body | {"payload": base64.b64encode(damaged).decode()}
        assert tokens.read(world, base64.b64encode(json.dumps(changed).encode()).decode()) == "invalid"


@pytest.mark.parametrize("member", ["payload", "datakey", "version", "type", "expiration"])
@pytest.mark.parametrize("value", ["AAAA", "", None, 9_999_999_999, [], "missing"])
def test_a_token_with_another_member_is_invalid(world, member, value):
    body = json.loads(base64.b64decode(tokens.issue(world, claims(world)))) | {member: value}
    if value == "missing":
        del body[member]
    assert tokens.read(world, wrapped(body)) == "invalid"


def wrapped(body):
    """A password of this JSON, written as ours is."""
    return base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


def test_a_token_in_another_order_or_with_more_is_invalid(world):
    token = tokens.issue(world, claims(world))
    body = json.loads(base64.b64decode(token))
    assert wrapped(body) == token
    changed = [body | {"more": 1}, dict(reversed(body.items()))]
    texts = [json.dumps(body), json.dumps(body, separators=(",", ":")) + " "]
    forged = [*map(wrapped, changed), *(base64.b64encode(text.encode()).decode() for text in texts)]
    assert [tokens.read(world, each) for each in forged] == ["invalid"] * 4


def test_no_byte_of_a_token_can_be_changed(world):
    ends = set()
    for length in range(0, 9, 3):  # so that the base64 of one ends without, with one and with two `=`
        claimed = claims(world)._replace(user_id="u" * length)
        token = tokens.issue(world, claimed)
        ends.add(token.count("="))
        assert tokens.read(world, token) == claimed
        for place, letter in enumerate(token):
            for other in {"A", "/", "=", "\n", chr(ord(letter) ^ 1), chr(ord(letter) ^ 2)} - {letter}:
                assert tokens.read(world, token[:place] + other + token[place + 1 :]) == "invalid"
    assert ends == {0, 1, 2}


def test_no_byte_below_the_base64_can_be_changed(world):
    body = base64.b64decode(tokens.issue(world, claims(world)))
    for place, byte in enumerate(body):
        for bit in range(8):
            damaged = body[:place] + bytes([byte ^ 1 << bit]) + body[place + 1 :]
            assert tokens.read(world, base64.b64encode(damaged).decode()) == "invalid"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_token_that_was_cut_or_grew_is_invalid(data):
    world = World(Settings(seed="x"))
    token = tokens.issue(world, claims(world))
    start = data.draw(st.integers(0, len(token)))
    stop = data.draw(st.integers(start, len(token)))
    changed = token[:start] + data.draw(st.text(st.characters(codec="utf-8"), max_size=5)) + token[stop:]
    assert changed == token or tokens.read(world, changed) == "invalid"


def test_the_printed_expiration_is_the_one_that_decides(world):
    claimed = claims(world)
    token = tokens.issue(world, claimed)
    world.travel(json.loads(base64.b64decode(token))["expiration"] + 1)
    assert tokens.read(world, token) == "expired"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"5", b'{"payload": 5}', b'{"payload": "\xc3\xa9"}', b'{"payload": "AAAA"}', b"\xff"],
)
def test_what_is_no_token_is_invalid(world, body):
    assert tokens.read(world, base64.b64encode(body).decode()) == "invalid"


@pytest.mark.parametrize("password", ["", "secret", "é", "\ud800", "A" * 10_000, "a b c", "====", "W10=\n"])
def test_any_password_is_invalid_and_nothing_worse(world, password):
    assert tokens.read(world, password) == "invalid"


def test_deep_nesting_is_invalid(world):
    assert tokens.read(world, base64.b64encode(b"[" * 100_000).decode()) == "invalid"


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_password_is_accepted_by_chance(password):
    assert tokens.read(World(Settings(seed="x")), password) == "invalid"


def test_url_signatures_depend_on_every_part_and_on_the_world(world, make_world):
    made = {
        tokens.url_signature(world, "/a", "1", "2"),
        tokens.url_signature(world, "/b", "1", "2"),
        tokens.url_signature(world, "/a", "2", "2"),
        tokens.url_signature(world, "/a", "1"),
        tokens.url_signature(make_world(), "/a", "1", "2"),
    }
    assert len(made) == 5
    assert tokens.url_signature(world, "/a", "1", "2") in made
