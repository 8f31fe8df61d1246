"""The parts of a repository, each reached in one place, for tests of one rule without any door."""

import json
from dataclasses import replace

from ecrmock.domain import policies
from ecrmock.domain.scan_rules import ScanConfiguration, ScanRule


def images_of(repository):
    return repository.images


def layers_of(repository):
    return repository.layers


def uploads_of(repository):
    return repository.uploads


def expiry_of(repository):
    return repository.expiry


def scans_of(repository):
    return repository.scans


def heard(world, *kinds):
    """A list that grows by every event of these kinds."""
    events = []
    for kind in kinds:
        world.bus.subscribe(kind, events.append)
    return events


def replicate_by(registry, *rules):
    """Give a registry these replication rules."""
    registry.world.transact(lambda: registry.save_row(replace(registry.row, replication=rules)))


def sign_by(registry, *rules):
    """Give a registry these signing rules."""
    registry.world.transact(lambda: registry.save_row(replace(registry.row, signing=rules)))


def scan_by(registry, engine="BASIC", **rules):
    """Give a registry this engine and these rules: a frequency in lower case -> one filter."""
    found = tuple(ScanRule(frequency.upper(), (pattern,)) for frequency, pattern in rules.items())
    registry.world.transact(lambda: registry.configure_scanning(ScanConfiguration(engine, found)))


def trust_by(registry, *statements):
    """Give a registry a policy of these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    read = policies.read(text, "registry", account=registry.account, region=registry.region)
    registry.world.transact(lambda: registry.save_row(replace(registry.row, policy=read.printed)))


def allow_by(repository, *statements):
    """Give a repository a policy of these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    read = policies.read(text, "repository", account=repository.registry_id, region=repository.region)
    repository.world.transact(lambda: repository.save(replace(repository.row, policy=read.printed)))


def encrypt_by(repository, arn):
    """Let a repository have this KMS key."""
    repository.world.transact(lambda: repository.save(replace(repository.row, encryption="KMS", kms_key=arn)))


def reach(world, source):
    """Let every upstream of a world be this source; whom it was opened for, in order."""
    opened = []

    def opens(place):
        opened.append(place)
        return source

    world.open_source = opens
    return opened
