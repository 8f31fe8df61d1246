"""A world with a frozen clock, and a workbench that pushes to it without any door."""

import pytest
from constants import ACCOUNT, CONFIG, LAYER, OCI, REGION
from images import descriptor, digest_of, encoded, image_of, index_of

from ecrmock.app import new_world
from ecrmock.domain.images import manifests
from ecrmock.domain.images.dialect import CLEAN
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.images.uploads import Uploads
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import Mutability, RepositoryRow
from ecrmock.settings import Settings


class Bench:
    """Does to one repository what both doors do, one transaction an act."""

    def __init__(self, world, name="team/app", account=ACCOUNT, mutability=None):
        self.world, self.name, self.account = world, name, account
        row = RepositoryRow(name, world.clock.now(), mutability=mutability or Mutability())
        world.transact(lambda: world.of(Registry, account, REGION).create(row))

    @property
    def repository(self):
        return self.world.of(Registry, self.account, REGION).repository(self.name)

    @property
    def images(self):
        return self.repository.of(Images)

    def do(self, work):
        """Work on the repository in a transaction."""
        return self.world.transact(lambda: work(self.repository))

    def begin(self, data=b""):
        """An upload that has received these bytes, if any, as one part."""
        upload = self.do(lambda repository: repository.of(Uploads).start())
        return self.append(upload, data) if data else upload

    def append(self, upload, data):
        """One more part of an upload."""
        leased = self.do(lambda repository: repository.of(Uploads).lease(upload.id, upload.offset))
        writer = self.world.blobs.writer(upload.id)
        writer.rewind(leased.offset)
        writer.write(data)
        return self.do(lambda repository: repository.of(Uploads).settle(leased, writer.size))

    def layer(self, data, digest=None):
        """Store a layer; returns the digest under which it was put."""
        digest = digest or digest_of(data)
        upload = self.begin(data)
        self.do(lambda repository: repository.of(Uploads).finish(upload.id, [digest], CLEAN))
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
        outcomes = self.do(lambda repository: repository.of(Images).delete(wanted))
        return [
            outcome if isinstance(outcome, tuple) else [(named.image.digest, named.tag) for named in outcome]
            for outcome in outcomes
        ]

    def tags(self):
        """tag -> digest."""
        return {tag: image.digest for image in self.images.all() for tag in image.tags}


def parsed(body):
    return manifests.parse(encoded(body), None, closed=False)


@pytest.fixture
def make_world():
    """A function from settings to a world whose clock stands still."""

    def make(**settings):
        world = new_world(Settings(**settings))
        world.clock.freeze(1_700_000_000.0)
        return world

    return make


@pytest.fixture
def world(make_world):
    return make_world()


@pytest.fixture
def make_bench():
    """The class Bench, for more than one repository."""
    return Bench


@pytest.fixture
def bench(world):
    return Bench(world)


@pytest.fixture
def sha():
    """The function that names bytes by their digest."""
    return digest_of
