"""ecrmock.domain.neighbours.secrets: which there are, which value is current, which a cache rule may use."""

import json
import re

import pytest
from constants import ACCOUNT, AWAY

from ecrmock.domain.neighbours.secrets import CURRENT, PREVIOUS, Login, Secret, Secrets, Version
from ecrmock.errors.ecr import (
    SecretNotFoundException,
    UnableToAccessSecretException,
    UnableToDecryptSecretValueException,
)
from ecrmock.errors.secretsmanager import InvalidRequestException, ResourceExistsException, ResourceNotFoundException

DAY, NAME = 86_400, "ecr-pullthroughcache/hub"
ARN = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{NAME}-abcdef"


@pytest.fixture
def secrets(world):
    return world.of(Secrets, ACCOUNT, "us-east-1")


def create(secrets, text="{}", name=NAME, **more):
    def work():
        secrets.touch()
        return secrets.create(Secret(name, "abcdef", 1.0, 1.0, **more), text and Version("v1", 1.0, text))

    return secrets.world.transact(work)


def put(secrets, version_id, text, *stages):
    version = Version(version_id, secrets.world.clock.now(), text, stages=stages)
    return secrets.world.transact(lambda: secrets.put(secrets.get(NAME), version))


def stages(secrets):
    """version -> stages, oldest first."""
    return [(version.id, version.stages) for version in secrets.get(NAME).versions]


def delete(secrets, days):
    return secrets.world.transact(lambda: secrets.delete(secrets.get(NAME), days))


# -- names


def test_a_secret_is_found_by_name_by_arn_and_by_arn_without_its_end(secrets):
    made = create(secrets)
    assert secrets.arn(made) == ARN
    for text in (NAME, ARN, ARN.removesuffix("-abcdef")):
        assert secrets.find(text) == made


@pytest.mark.parametrize(
    "text",
    [
        "other",
        ARN.replace("abcdef", "abcdeg"),
        ARN.replace("us-east-1", "eu-west-1"),
        ARN.replace(ACCOUNT, AWAY),
        ARN.replace("-abcdef", "-abc"),
    ],
)
def test_another_name_end_account_or_region_is_another_secret(secrets, text):
    create(secrets)
    assert secrets.find(text) is None
    with pytest.raises(ResourceNotFoundException):
        secrets.get(text)


def test_a_name_that_ends_like_an_arn_is_found_whole(secrets):
    made = create(secrets, name="team-secret")
    assert secrets.find(ARN.replace(f"{NAME}-abcdef", "team-secret")) == made
    assert secrets.find(ARN.replace(NAME, "team-secret")) == made


def test_the_end_of_an_arn_is_six_letters_or_digits_and_not_twice_the_same(secrets):
    tails = {secrets.world.transact(secrets.tail) for _ in range(20)}
    assert len(tails) == 20
    assert all(re.fullmatch("[A-Za-z0-9]{6}", tail) for tail in tails)


def test_a_name_is_taken_until_its_secret_is_gone(secrets, world):
    create(secrets)
    with pytest.raises(ResourceExistsException):
        create(secrets)
    delete(secrets, 7)
    with pytest.raises(InvalidRequestException):
        create(secrets)
    world.travel(world.clock.now() + 7 * DAY)
    assert create(secrets).versions[0].stages == (CURRENT,)


# -- values


def test_a_new_value_is_current_and_the_old_one_previous_and_older_ones_go(secrets):
    create(secrets)
    put(secrets, "v2", "two", CURRENT)
    assert stages(secrets) == [("v1", (PREVIOUS,)), ("v2", (CURRENT,))]
    put(secrets, "v3", "three", CURRENT)
    assert stages(secrets) == [("v2", (PREVIOUS,)), ("v3", (CURRENT,))]


def test_a_stage_leaves_the_version_that_had_it(secrets):
    create(secrets)
    put(secrets, "v2", "two", "MINE", "YOURS")
    put(secrets, "v3", "three", "MINE")
    assert stages(secrets) == [("v1", (CURRENT,)), ("v2", ("YOURS",)), ("v3", ("MINE",))]


def test_the_same_version_again_is_no_change_and_with_another_value_refused(secrets, world):
    create(secrets)
    put(secrets, "v2", "two", CURRENT)
    before = world.store.dump()
    assert put(secrets, "v2", "two", CURRENT).id == "v2"
    with pytest.raises(ResourceExistsException):
        put(secrets, "v2", "other", CURRENT)
    assert world.store.dump() == before


def test_a_value_is_read_by_id_by_stage_by_both_or_as_the_current_one(secrets):
    create(secrets)
    put(secrets, "v2", "two", CURRENT)
    secret = secrets.get(NAME)
    asked = [(None, None), ("v1", None), (None, PREVIOUS), ("v2", CURRENT)]
    assert [secrets.version(secret, *each).id for each in asked] == ["v2", "v1", "v1", "v2"]
    with pytest.raises(InvalidRequestException):
        secrets.version(secret, "v1", CURRENT)


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        (("v9", None), "VersionId: v9"),
        ((None, "NONE"), "staging label: NONE"),
        ((None, None), "staging label: AWSCURRENT"),
    ],
)
def test_a_value_that_is_not_there_is_told_by_what_was_asked_for(secrets, asked, about):
    secret = create(secrets, text=None)
    with pytest.raises(ResourceNotFoundException) as refused:
        secrets.version(secret, *asked)
    assert refused.value.message == f"Secrets Manager can't find the specified secret value for {about}"


# -- deletion


def test_a_deleted_secret_is_known_and_of_no_use_until_its_window_ends(secrets, world):
    create(secrets)
    when = delete(secrets, 7)
    assert when == world.clock.now() + 7 * DAY
    assert secrets.get(NAME).deleted_at == when
    with pytest.raises(InvalidRequestException):
        secrets.usable(NAME)
    world.travel(when - 1)
    assert secrets.find(NAME) is not None
    world.travel(when)
    assert secrets.find(NAME) is None


def test_a_deletion_without_a_window_is_done_at_once(secrets, world):
    create(secrets)
    assert delete(secrets, 0) == world.clock.now()
    assert secrets.find(ARN) is None


# -- what ECR asks


def test_a_secret_in_another_mock_will_do_until_secrets_manager_is_used_here(secrets):
    assert (secrets.check(ARN), secrets.login(ARN)) == (None, None)
    secrets.world.transact(secrets.touch)
    with pytest.raises(SecretNotFoundException):
        secrets.check(ARN)


@pytest.mark.parametrize("arn", ["", NAME, ARN.replace("us-east-1", "eu-west-1"), ARN.replace(ACCOUNT, AWAY)])
def test_a_rules_secret_lies_in_its_account_and_region(secrets, arn):
    with pytest.raises(UnableToAccessSecretException):
        secrets.check(arn)


def test_a_secret_that_waits_for_its_deletion_cannot_be_used(secrets):
    create(secrets)
    delete(secrets, 7)
    with pytest.raises(UnableToAccessSecretException):
        secrets.check(ARN)


@pytest.mark.parametrize(("key", "may"), [(None, True), ("alias/aws/secretsmanager", True), ("alias/mine", False)])
def test_a_secret_uses_the_managed_key(secrets, key, may):
    made = create(secrets, key=key)
    if may:
        assert secrets.check(ARN) == made
        return
    with pytest.raises(UnableToDecryptSecretValueException):
        secrets.check(ARN)


def test_a_login_is_the_current_value(secrets):
    create(secrets, json.dumps({"username": "ann", "accessToken": "old"}))
    put(secrets, "v2", json.dumps({"username": "ann", "accessToken": "new", "more": 1}), CURRENT)
    put(secrets, "v3", json.dumps({"username": "ann", "accessToken": "later"}), "PENDING")
    assert secrets.login(ARN) == Login("ann", "new")


@pytest.mark.parametrize(
    "text", [None, "null", "{", "[]", '"ann"', '{"username": "ann"}', '{"username": 1, "accessToken": "x"}']
)
def test_a_value_that_is_no_login_is_refused(secrets, text):
    create(secrets, text)
    with pytest.raises(ValueError, match=r".+"):
        secrets.login(ARN)
