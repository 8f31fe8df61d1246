"""The parts of a repository, each reached in one place, for tests of one rule without any door."""

import json

from ecrmock.domain.access import policies
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.uploads import Uploads
from ecrmock.domain.lifecycle.policies import Expiry
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE
from ecrmock.domain.replication.rules import ReplicationRules
from ecrmock.domain.scanning.configuration import ScanningRules
from ecrmock.domain.scanning.rules import ScanConfiguration, ScanRule
from ecrmock.domain.scanning.scans import Scans
from ecrmock.domain.signing.rules import SigningRules


def images_of(repository):
    return repository.of(Images)


def layers_of(repository):
    return repository.of(Layers)


def uploads_of(repository):
    return repository.of(Uploads)


def expiry_of(repository):
    return repository.of(Expiry)


def scans_of(repository):
    return repository.of(Scans)


def heard(world, *kinds):
    """A list that grows by every event of these kinds."""
    events = []
    for kind in kinds:
        world.bus.subscribe(kind, events.append)
    return events


def replicate_by(registry, *rules):
    """Give a registry these replication rules."""
    rows = registry.world.of(ReplicationRules, registry.account, registry.region)
    registry.world.transact(lambda: rows.put(rules))


def sign_by(registry, *rules):
    """Give a registry these signing rules."""
    rows = registry.world.of(SigningRules, registry.account, registry.region)
    registry.world.transact(lambda: rows.put(rules))


def scan_by(registry, engine="BASIC", **rules):
    """Give a registry this engine and these rules: a frequency in lower case -> one filter."""
    found = tuple(ScanRule(frequency.upper(), (pattern,)) for frequency, pattern in rules.items())
    rows = registry.world.of(ScanningRules, registry.account, registry.region)
    registry.world.transact(lambda: rows.put(ScanConfiguration(engine, found)))


def trust_by(registry, *statements):
    """Give a registry a policy of these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    read = policies.read(text, "registry", account=registry.account, region=registry.region)
    registry.world.transact(lambda: registry.set_policy(read.printed))


def allow_by(repository, *statements):
    """Give a repository a policy of these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    read = policies.read(text, "repository", account=repository.registry_id, region=repository.region)
    repository.world.transact(lambda: repository.change(policy=read.printed))


def encrypt_by(repository, arn):
    """Let a repository have this KMS key."""
    repository.world.transact(lambda: repository.change(encryption="KMS", kms_key=arn))


def reach(world, source):
    """Let every upstream of a world be this source; whom it was opened for, in order."""
    opened = []

    def opens(place):
        opened.append(place)
        return source

    world.put(OPEN_SOURCE, opens)
    return opened
