"""ecrmock.domain.neighbours.sessions: temporary credentials that ended are forgotten, and still said to be over."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ecrmock import mock_ecr
from ecrmock.domain.neighbours.sessions import SESSIONS, Sessions

ACCOUNT, DAY = "111122223333", 86_400
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev"


def issued(world, count, seconds=900.0):
    sessions = Sessions(world)
    return [world.transact(lambda: sessions.issue(ACCOUNT, "me", "id", seconds)) for _ in range(count)]


def kept(world):
    return world.store.table(SESSIONS).records(("keys",))


def test_sessions_that_ended_a_day_ago_are_forgotten_bit_by_bit(world):
    issued(world, 200)
    world.travel(world.clock.now() + 900 + DAY + 1)
    counts = []
    for _ in range(40):
        (new,) = issued(world, 1)
        counts.append(len(kept(world)))
    assert counts[0] == 201 - 8
    assert counts[-1] == 40
    assert Sessions(world).find(new.key) == new


def test_a_session_stays_for_a_day_after_its_end(world):
    (old,) = issued(world, 1)
    world.travel(old.expires + DAY)
    issued(world, 1)
    assert Sessions(world).find(old.key) == old
    world.travel(old.expires + DAY + 1)
    issued(world, 1)
    assert Sessions(world).find(old.key) is None


def test_what_fails_forgets_nothing(world):
    issued(world, 20)
    world.travel(world.clock.now() + 900 + 2 * DAY)
    before = world.store.dump()

    def failing():
        Sessions(world).issue(ACCOUNT, "me", "id", 900.0)
        raise KeyError

    with pytest.raises(KeyError):
        world.transact(failing)
    assert world.store.dump() == before


def client(service, found):
    keys = {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }
    return boto3.client(service, region_name="us-east-1", config=Config(retries={"max_attempts": 0}), **keys)


def refusal(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize("auth", ["token", "sigv4"])
def test_a_forgotten_session_is_still_said_to_have_expired(auth):
    with mock_ecr(auth=auth, credentials=(("testing", "testing"),)) as mock:
        sts = boto3.client("sts", region_name="us-east-1")
        old = sts.assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
        mock.clock.advance(days=400)
        new = sts.assume_role(RoleArn=ROLE, RoleSessionName="you")["Credentials"]
        assert Sessions(mock.world).find(old["AccessKeyId"]) is None
        assert refusal(client("ecr", old).describe_repositories) == "ExpiredTokenException"
        assert refusal(client("sts", old).get_caller_identity) == "ExpiredToken"
        assert client("ecr", new).describe_repositories()["repositories"] == []


def test_only_the_tokens_of_this_world_are_known_again(world):
    (session,) = issued(world, 1)
    (other,) = issued(world, 1)
    sessions = Sessions(world)
    assert sessions.forgotten(session.key, session.token)
    for token in ("", "x", "é", other.token, session.token[:-4] + "AAAA", session.token + "AAAA"):
        assert not sessions.forgotten(session.key, token)
