"""Worlds, repositories and their parts, for tests of one rule without any door."""

import json

from constants import ACCOUNT, CONFIG, LAYER, OCI, REGION
from images import descriptor, digest_of, encoded, image_of, index_of

from ecrmock.app import new_world
from ecrmock.domain.access import policies
from ecrmock.domain.images import dialects, manifests
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.images.uploads import Uploads
from ecrmock.domain.lifecycle.policies import LifecyclePolicy
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import Mutability, RepositoryRow
from ecrmock.domain.replication.rules import ReplicationRules
from ecrmock.domain.scanning.configuration import ScanningRules
from ecrmock.domain.scanning.rules import ScanConfiguration, ScanRule
from ecrmock.domain.scanning.scans import Scans
from ecrmock.domain.signing.rules import SigningRules
from ecrmock.settings import Settings

START = 1_700_000_000.0
"""When their clocks stand still, in seconds since 1970: 2023-11-14T22:13:20Z."""


def still_world(**settings):
    """A world of these settings whose clock stands still."""
    world = new_world(Settings(**settings))
    world.clock.freeze(START)
    return world


class Bench:
    """Does to one repository what both doors do, one transaction an act."""

    def __init__(self, world, name="team/app", account=ACCOUNT, mutability=None):
        self.world, self.name, self.account = world, name, account
        row = RepositoryRow(name, world.clock.now(), mutability=mutability or Mutability())
        world.transact(lambda: world.of(Registry, account, REGION).create(row))

    @property
    def registry(self):
        return self.world.of(Registry, self.account, REGION)

    @property
    def repository(self):
        return self.registry.repository(self.name)

    @property
    def images(self):
        return images_of(self.repository)

    def do(self, work):
        """Work on the repository in a transaction."""
        return self.world.transact(lambda: work(self.repository))

    def begin(self, data=b""):
        """An upload that has received these bytes, if any, as one part."""
        upload = self.do(lambda repository: uploads_of(repository).start())
        return self.append(upload, data) if data else upload

    def append(self, upload, data):
        """One more part of an upload."""
        leased = self.do(lambda repository: uploads_of(repository).lease(upload.id, upload.offset))
        writer = self.world.blobs.writer(upload.id)
        writer.rewind(leased.offset)
        writer.write(data)
        return self.do(lambda repository: uploads_of(repository).settle(leased, writer.size))

    def layer(self, data, digest=None):
        """Store a layer; returns the digest under which it was put."""
        digest = digest or digest_of(data)
        upload = self.begin(data)
        self.do(lambda repository: uploads_of(repository).finish(upload.id, [digest], dialects.OCI))
        return digest

    def manifest(self, *layers, config=b"{}", upload=True, **members):
        """An OCI image over these layers (bytes, or digests that are there), uploaded before."""
        rows = []
        for each in layers:
            data = each if isinstance(each, bytes) else b""
            if upload and isinstance(each, bytes):
                self.layer(data)
            rows.append(descriptor(data, LAYER) | ({} if isinstance(each, bytes) else {"digest": each}))
        if upload:
            self.layer(config)
        return parsed(image_of(descriptor(config, CONFIG), *rows, **members))

    def index(self, *children, **members):
        """An OCI index over these digests."""
        return parsed(index_of(*({"mediaType": OCI, "digest": child, "size": 1} for child in children), **members))

    def put(self, manifest, tag=None, digest=None):
        """Put a manifest; returns what that was."""
        return self.do(lambda repository: Push(repository).put(manifest, tag, digest))

    def push(self, *layers, tag=None, **members):
        """Upload and put an image; returns it."""
        return self.put(self.manifest(*layers, **members), tag).image

    def delete(self, *wanted):
        """Delete by ids; returns (digest, tag) pairs, or a failure, an id."""
        outcomes = self.do(lambda repository: images_of(repository).delete(wanted))
        return [
            outcome if isinstance(outcome, tuple) else [(named.image.digest, named.tag) for named in outcome]
            for outcome in outcomes
        ]

    def tags(self):
        """tag -> digest."""
        return {tag: image.digest for image in self.images.all() for tag in image.tags}


def parsed(body):
    return manifests.parse(encoded(body), None, closed=False)


def images_of(repository):
    return repository.of(Images)


def layers_of(repository):
    return repository.of(Layers)


def uploads_of(repository):
    return repository.of(Uploads)


def expiry_of(repository):
    return repository.of(LifecyclePolicy)


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
