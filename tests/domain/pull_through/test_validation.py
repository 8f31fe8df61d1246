"""ecrmock.domain.pull_through.validation: which upstream a rule means, and why it is not valid."""

import json

import pytest
from constants import ACCOUNT
from sources_told import ToldSource
from worlds import reach

from ecrmock.domain.neighbours.secrets import Login, Secret, Secrets, Version
from ecrmock.domain.pull_through.rules import CacheRules
from ecrmock.domain.pull_through.upstreams import RefusedError, UpstreamError
from ecrmock.domain.pull_through.validation import access_to, fault
from ecrmock.engine.fetch import Fetch

HERE = (ACCOUNT, "us-east-1")
ARN = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:ecr-pullthroughcache/hub-abcdef"
LOGIN = {"username": "ann", "accessToken": "t"}


def rule(world, **more):
    asked = {"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "quay.io", **more}
    return world.transact(lambda: world.of(CacheRules, *HERE).add(asked))


def secret(world, value):
    """Keep a secret of this text, as somebody who uses Secrets Manager."""
    secrets = world.of(Secrets, *HERE)
    row = Secret("ecr-pullthroughcache/hub", "abcdef", 1.0, 1.0)
    world.transact(secrets.touch)
    world.transact(lambda: secrets.create(row, Version("v1", 1.0, value)))


def test_a_rule_without_a_secret_has_no_login(world):
    found = access_to(world, HERE, rule(world), ("mark",))
    assert (found.kind, found.host, found.account, found.region) == ("quay", "quay.io", *HERE)
    assert (found.login, found.role, found.chain) == (None, None, ("mark",))


def test_a_rule_with_a_secret_logs_in_with_it(world):
    secret(world, json.dumps(LOGIN))
    assert access_to(world, HERE, rule(world, credentialArn=ARN)).login == Login("ann", "t")


@pytest.mark.parametrize("value", ["", "{}", "[]", "no json", json.dumps(LOGIN | {"accessToken": 3})])
def test_a_secret_that_is_no_login_is_told_of(world, value):
    secret(world, value)
    with pytest.raises(UpstreamError, match=f"^The secret {ARN} cannot be used: .+"):
        access_to(world, HERE, rule(world, credentialArn=ARN))


def test_a_secret_that_went_is_told_of(world):
    secret(world, json.dumps(LOGIN))
    found, secrets = rule(world, credentialArn=ARN), world.of(Secrets, *HERE)
    world.transact(lambda: secrets.delete(secrets.get(ARN), 0))
    with pytest.raises(UpstreamError, match=f"^The secret {ARN} cannot be used: .+"):
        access_to(world, HERE, found)


# -- is it valid?


def told(world, found):
    """What `fault` says after it had what it wished for; how often it wished."""
    outcomes, wishes = {}, []

    def work():
        return fault(world, HERE, found, outcomes)

    world.transact(lambda: None)
    while True:
        try:
            return work(), len(wishes)
        except Fetch as wish:
            wishes.append(wish.key)
            try:
                wish.job()
            except UpstreamError as error:
                wish.on_end(error)
            else:
                wish.on_end(None)


def test_a_rule_is_valid_whose_upstream_lets_us_in_and_it_is_asked_once(world):
    source = ToldSource()
    opened = reach(world, source)
    assert told(world, rule(world)) == (None, 1)
    assert (len(opened), source.closed) == (1, 1)


def test_a_rule_is_not_valid_whose_upstream_does_not_and_it_says_why(world):
    source = ToldSource()
    source.fault = RefusedError("wrong password")
    reach(world, source)
    assert told(world, rule(world)) == ("wrong password", 1)
    assert source.closed == 1


def test_a_fault_of_ours_is_not_taken_for_the_upstreams(world):
    reach(world, ToldSource())
    with pytest.raises(Fetch) as wish:
        fault(world, HERE, rule(world), {})
    with pytest.raises(ZeroDivisionError):
        wish.value.on_end(ZeroDivisionError())


def test_a_rule_that_was_changed_is_asked_for_anew(world):
    keys, found = [], rule(world)
    for _ in range(2):
        with pytest.raises(Fetch) as wish:
            fault(world, HERE, found, {})
        keys.append(wish.value.key)
        world.travel(world.clock.now() + 1)
        found = world.transact(lambda: world.of(CacheRules, *HERE).change({"ecrRepositoryPrefix": "hub"}))
    assert keys[0] != keys[1]
