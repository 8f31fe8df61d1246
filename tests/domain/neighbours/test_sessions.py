"""ecrmock.domain.neighbours.sessions: credentials that STS hands out, and the names of who they speak for."""

import base64
import re

import pytest
from constants import ACCOUNT, AWAY

from ecrmock.domain.neighbours.sessions import Sessions, encoded_key, federated_arn, session_arn, unique_id

ROLE = f"arn:aws:iam::{AWAY}:role/path/of/role"


def issue(world, account=AWAY, seconds=900, **more):
    return world.transact(lambda: Sessions(world).issue(account, "me", "id", seconds, **more))


def test_credentials_are_found_by_their_key_and_say_whose_they_are_and_until_when(world):
    session = issue(world, role=ROLE)
    assert Sessions(world).find(session.key) == session
    assert (session.account, session.principal, session.user_id, session.role) == (AWAY, "me", "id", ROLE)
    assert session.expires == world.clock.now() + 900
    assert len(base64.b64decode(session.secret)) == 30
    assert Sessions(world).find("ASIA" + "A" * 16) is None


def test_no_two_are_alike(world):
    sessions = [issue(world) for _ in range(20)]
    for member in ("key", "secret", "token"):
        assert len({getattr(session, member) for session in sessions}) == 20


@pytest.mark.parametrize("account", ["000000000000", "000000000001", ACCOUNT, "999999999999"])
@pytest.mark.parametrize("random", [b"\0" * 10, b"\xff" * 10, bytes(range(10))])
def test_a_key_holds_its_account_at_bits_7_to_46(account, random):
    key = encoded_key("ASIA", account, random)
    assert re.fullmatch("ASIA[A-Z2-7]{16}", key)
    number = int.from_bytes(base64.b32decode(key[4:])[:6])
    assert number >> 47 == 1
    assert f"{number >> 7 & (1 << 40) - 1:012}" == account


def test_unique_ids_are_the_same_each_time_and_another_for_each_name():
    ids = [unique_id("AROA", name) for name in (ROLE, ROLE, ROLE + "2")]
    assert ids[0] == ids[1] != ids[2]
    assert all(re.fullmatch("AROA[A-Z2-7]{17}", each) for each in ids)


def test_a_session_of_a_role_leaves_its_path_out():
    assert session_arn(ROLE, "s") == f"arn:aws:sts::{AWAY}:assumed-role/role/s"
    china = "arn:aws-cn:iam::111122223333:role/dev"
    assert session_arn(china, "s") == "arn:aws-cn:sts::111122223333:assumed-role/dev/s"


def test_a_federated_user_is_of_the_partition_of_its_region():
    assert federated_arn(AWAY, "us-gov-west-1", "ann") == f"arn:aws-us-gov:sts::{AWAY}:federated-user/ann"
    assert federated_arn(AWAY, "us-east-1", "ann") == f"arn:aws:sts::{AWAY}:federated-user/ann"
