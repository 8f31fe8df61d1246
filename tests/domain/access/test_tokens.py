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


def test_the_printed_expiration_decides_nothing(world):
    claimed = claims(world)
    body = json.loads(base64.b64decode(tokens.issue(world, claimed)))
    forged = base64.b64encode(json.dumps(body | {"expiration": 9_999_999_999}).encode()).decode()
    world.travel(claimed.expires)
    assert tokens.read(world, forged) == "expired"


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
