"""ecrmock.domain.neighbours.keys: which KMS keys exist, and whether ECR may use one."""

import re
from dataclasses import replace

import pytest
from constants import ACCOUNT, AWAY

from ecrmock.domain.neighbours.keys import AWS_ALIAS, KeyRing
from ecrmock.errors.ecr import KmsException

DAY = 86_400
UUID = "01234567-89ab-4cde-8f01-23456789abcd"
ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{UUID}"
ALIAS_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/mine"


@pytest.fixture
def ring(world):
    return world.of(KeyRing, ACCOUNT, "us-east-1")


@pytest.fixture
def key(ring):
    """A key with the alias `alias/mine`, of a KMS that is used."""

    def make():
        ring.touch()
        made = ring.create("of the team")
        ring.name("alias/mine", made.id)
        return made

    return ring.world.transact(make)


def resolve(ring, text):
    return ring.world.transact(lambda: ring.resolve(text))


def refused(ring, text):
    """(AWS's code, sentence) of a refusal by KMS."""
    with pytest.raises(KmsException) as caught:
        resolve(ring, text)
    return caught.value.kms_error, caught.value.message


def save(ring, key, **more):
    ring.world.transact(lambda: ring.save(replace(key, **more)))


# -- names of a key


def test_a_key_has_an_id_an_alias_and_two_arns(ring, key):
    for text in (key.id, "alias/mine", ring.arn(key.id), ring.alias_arn("alias/mine")):
        assert ring.find(text) == key
        assert resolve(ring, text) == ring.arn(key.id)


@pytest.mark.parametrize("place", [(AWAY, "us-east-1"), (ACCOUNT, "eu-west-1")])
def test_keys_of_another_account_or_region_are_not_found(world, ring, key, place):
    other = world.of(KeyRing, *place)
    for text in (key.id, "alias/mine", ring.arn(key.id), ring.alias_arn("alias/mine")):
        assert other.find(text) is None


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")])
def test_arns_are_of_their_partition(world, region, partition):
    ring = world.of(KeyRing, ACCOUNT, region)
    assert ring.arn(UUID) == f"arn:{partition}:kms:{region}:{ACCOUNT}:key/{UUID}"
    assert resolve(ring, UUID) == ring.arn(UUID)


def test_an_alias_may_move_to_another_key(ring, key):
    other = ring.world.transact(ring.create)
    ring.world.transact(lambda: ring.name("alias/mine", other.id))
    assert resolve(ring, "alias/mine") == ring.arn(other.id)
    assert ring.find(key.id) == key


# -- which key a repository gets


def test_without_a_name_it_is_the_managed_one_which_is_made_once(ring):
    arns = {resolve(ring, text) for text in (None, AWS_ALIAS, ring.alias_arn(AWS_ALIAS), None)}
    (arn,) = arns
    assert ring.find(arn).manager == "AWS"
    assert [alias.name for alias in ring.all_aliases()] == [AWS_ALIAS]
    assert not ring.used


@pytest.mark.parametrize("text", [UUID, ARN, f"mrk-{'0' * 32}", f"arn:aws:kms:us-east-1:{AWAY}:key/{UUID}"])
def test_a_key_that_was_never_seen_will_do_until_kms_is_used(ring, text):
    assert resolve(ring, text) == (text if text.startswith("arn:") else ring.arn(text))
    for each in (ring, ring.world.of(KeyRing, AWAY, "us-east-1")):
        each.world.transact(each.touch)
    shown = text if text.startswith("arn:") else ring.arn(text)
    assert refused(ring, text) == ("NotFoundException", f"Key '{shown}' does not exist")


def test_an_alias_that_was_never_seen_is_the_same_key_each_time_until_kms_is_used(ring):
    arns = {resolve(ring, text) for text in ("alias/mine", ALIAS_ARN, "alias/mine")}
    assert len(arns) == 1
    assert re.fullmatch(
        rf"arn:aws:kms:us-east-1:{ACCOUNT}:key/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", *arns
    )
    assert resolve(ring, "alias/other") not in arns
    ring.world.transact(ring.touch)
    assert refused(ring, "alias/mine") == ("NotFoundException", f"Alias {ALIAS_ARN} is not found.")


def test_the_ring_of_another_account_knows_its_own_keys(world, ring, key):
    away = world.of(KeyRing, AWAY, "us-east-1")
    assert resolve(away, ring.arn(key.id)) == ring.arn(key.id)
    lost = ring.arn(UUID)
    assert refused(away, lost) == ("NotFoundException", f"Key '{lost}' does not exist")


@pytest.mark.parametrize("text", ["", "x", "alias/", "alias/a b", UUID.upper(), "arn:aws:s3:::x", ARN + "0"])
def test_what_is_no_name_of_a_key_is_refused(ring, text):
    assert refused(ring, text) == ("NotFoundException", f"Invalid keyId '{text}'")


def test_a_key_of_another_region_is_refused(ring):
    for text in (ARN, ALIAS_ARN):
        assert refused(ring, text.replace("us-east-1", "eu-west-1")) == ("NotFoundException", "Invalid arn eu-west-1")


# -- whether it may be used


@pytest.mark.parametrize(
    ("state", "code", "sentence"),
    [
        ("Disabled", "DisabledException", "{} is disabled."),
        ("PendingDeletion", "KMSInvalidStateException", "{} is pending deletion."),
    ],
)
def test_a_key_in_another_state_is_of_no_use(ring, key, state, code, sentence):
    save(ring, key, state=state)
    for text in (key.id, "alias/mine"):
        assert refused(ring, text) == (code, sentence.format(ring.arn(key.id)))
    save(ring, key, state="Enabled")
    assert resolve(ring, key.id) == ring.arn(key.id)


def test_a_key_goes_when_its_waiting_time_is_over(world, ring, key):
    world.transact(lambda: ring.schedule_deletion(key, 7))
    arn = ring.arn(key.id)
    with pytest.raises(KmsException, match="is pending deletion"):
        ring.check(arn)
    world.travel(world.clock.now() + 7 * DAY - 1)
    assert ring.get(key.id).state == "PendingDeletion"
    world.travel(world.clock.now() + 1)
    assert ring.get(key.id) is None
    with pytest.raises(KmsException, match="does not exist"):
        ring.check(arn)
    assert refused(ring, "alias/mine")[0] == "NotFoundException"


def test_a_key_in_another_mock_is_not_checked(ring):
    ring.world.transact(ring.touch)
    ring.check(ARN)
    ring.check("no ARN at all")
    assert ring.get(UUID) is None


def test_a_managed_key_that_went_is_made_anew(world, ring):
    first = ring.find(resolve(ring, None))
    world.transact(lambda: ring.schedule_deletion(first, 7))
    world.travel(world.clock.now() + 7 * DAY)
    assert resolve(ring, None) != ring.arn(first.id)
