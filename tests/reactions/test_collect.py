"""ecrmock.reactions.collect: unfinished uploads and unused layers go after their grace."""

import pytest
from images import digest_of, encoded, image_of

from ecrmock.app import new_world
from ecrmock.domain.images import dialects, manifests
from ecrmock.domain.images.images import ImageId, Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.images.uploads import Uploads
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.settings import Settings

HOUR, DAY = 3600, 86_400
START = 1_700_000_000.0


class Place:
    """One repository of a world whose clock stands still between its acts."""

    def __init__(self, start=START, **settings):
        self.world = new_world(Settings(**settings))
        self.world.clock.freeze(start)
        row = RepositoryRow("team/app", start)
        self.world.transact(lambda: self.registry.create(row))

    @property
    def registry(self):
        return self.world.of(Registry, "123456789012", "us-east-1")

    @property
    def repository(self):
        return self.registry.repository("team/app")

    def do(self, work):
        return self.world.transact(lambda: work(self.repository))

    def pass_time(self, seconds):
        return [row.kind for row in self.world.travel(self.world.clock.now() + seconds)]

    def begin(self, data=b""):
        upload = self.do(lambda repository: repository.of(Uploads).start())
        if data:
            leased = self.do(lambda repository: repository.of(Uploads).lease(upload.id, 0))
            self.world.blobs.writer(upload.id).write(data)
            self.do(lambda repository: repository.of(Uploads).settle(leased, len(data)))
        return upload.id

    def layer(self, data=b"layer"):
        upload, digest = self.begin(data), digest_of(data)
        self.do(lambda repository: repository.of(Uploads).finish(upload, [digest], dialects.OCI))
        return digest

    def image(self, digest):
        """An image that uses a layer as its config."""
        body = image_of({"mediaType": "x/y", "digest": digest, "size": 5})
        manifest = manifests.parse(encoded(body), None, closed=False)
        return self.do(lambda repository: Push(repository).put(manifest, None)).image

    def layers(self):
        return [layer.digest for layer in self.repository.of(Layers).all()]

    def uploads(self):
        return [upload.id for upload in self.repository.of(Uploads).all()]


@pytest.fixture
def place():
    return Place()


def test_an_unfinished_upload_goes_after_24_hours_and_leaves_no_bytes(place):
    upload = place.begin(b"half a layer")
    assert place.pass_time(DAY - 1) == []
    assert place.uploads() == [upload]
    assert place.pass_time(1) == ["expire-upload"]
    assert place.uploads() == []
    assert place.world.blobs.writer(upload).size == 0


def test_an_upload_goes_though_somebody_is_writing(place):
    upload = place.begin()
    place.do(lambda repository: repository.of(Uploads).lease(upload, 0))
    place.pass_time(DAY)
    assert place.uploads() == []


@pytest.mark.parametrize("end", ["finish", "cancel"])
def test_an_upload_that_ended_falls_due_no_more(place, end):
    if end == "finish":
        place.image(place.layer())
    else:
        upload = place.begin()
        place.do(lambda repository: repository.of(Uploads).cancel(upload))
    assert "expire-upload" not in place.pass_time(2 * DAY)


def test_an_unused_layer_goes_after_24_hours_with_its_bytes(place):
    digest = place.layer()
    assert place.pass_time(DAY - 1) == []
    assert place.layers() == [digest]
    assert place.pass_time(1) == ["collect-layer"]
    assert place.layers() == []
    assert place.world.blobs.names() == set()


def test_a_used_layer_stays(place):
    digest = place.layer()
    place.pass_time(DAY - 1)
    place.image(digest)
    place.pass_time(10 * DAY)
    assert place.layers() == [digest]


def test_a_layer_that_went_with_its_image_and_came_back_has_a_grace_of_its_own(place):
    digest = place.layer()
    image = place.image(digest)
    place.pass_time(25 * HOUR)
    place.do(lambda repository: repository.of(Images).delete([ImageId(image.digest)]))
    assert place.layers() == []
    place.layer()
    place.pass_time(23 * HOUR)
    assert place.layers() == [digest]
    place.pass_time(HOUR)
    assert place.layers() == []


def test_a_layer_whose_image_goes_during_its_grace_stays_for_the_rest_of_it(place):
    digest = place.layer()
    image = place.image(digest)
    place.pass_time(HOUR)
    place.do(lambda repository: repository.of(Images).delete([ImageId(image.digest)]))
    place.pass_time(22 * HOUR)
    assert place.layers() == [digest]
    place.image(digest)  # whoever was told that it is here
    place.pass_time(9 * HOUR)
    assert place.layers() == [digest]


def test_a_layer_put_again_during_its_grace_goes_at_the_end_of_it(place):
    place.layer()
    place.pass_time(20 * HOUR)
    place.layer()
    place.pass_time(4 * HOUR)
    assert place.layers() == []


def test_bytes_stay_while_another_repository_needs_them(place):
    digest = place.layer()
    other = RepositoryRow("other", START)
    place.world.transact(lambda: place.registry.create(other))
    place.world.transact(
        lambda: place.registry.repository("other").of(Layers).store(place.world.blobs.get(digest[7:]), digest[7:], None)
    )
    place.world.transact(lambda: place.registry.repository("other").of(Layers).use({digest: "x/y"}))
    place.pass_time(DAY)
    assert place.layers() == []
    assert place.world.blobs.names() == {digest[7:]}


def test_both_graces_are_settings():
    place = Place(upload_hours=1, layer_hours=2)
    upload, digest = place.begin(), place.layer()
    place.pass_time(HOUR)
    assert (place.uploads(), place.layers()) == ([], [digest])
    place.pass_time(HOUR)
    assert place.layers() == []
    assert upload not in place.uploads()


@pytest.mark.parametrize("start", [START, START + 0.123, 1_699_999_999.999, 2_147_400_000.123, 2_147_400_000.377])
@pytest.mark.parametrize("hours", [24, 0.5, 0.1, 0.001, 0.0003, 1.7])
def test_a_grace_of_any_length_ends_at_any_time(start, hours):
    place = Place(start, layer_hours=hours)
    place.layer()
    place.pass_time(hours * HOUR + 1)
    assert place.layers() == []
    assert place.world.schedule.failed() == []


def test_a_delay_on_top_does_not_cut_the_grace_of_a_layer_that_came_back():
    place = Place(delays=(("collect-layer", 10 * HOUR),))
    digest = place.layer()
    image = place.image(digest)
    place.pass_time(25 * HOUR)
    place.do(lambda repository: repository.of(Images).delete([ImageId(image.digest)]))
    assert place.world.schedule.pending() == []  # its end would have fallen due at 34 hours
    place.layer()
    place.pass_time(20 * HOUR)
    assert place.layers() == [digest]


def test_manual_collection_happens_when_it_is_released():
    place = Place(delays=(("collect-layer", "manual"),))
    digest = place.layer()
    place.pass_time(5 * DAY)
    assert place.layers() == [digest]
    place.world.transact(place.world.schedule.release)
    place.world.settle()
    assert place.layers() == []


def test_manual_collection_may_be_released_before_its_time():
    place = Place(delays=(("collect-layer", "manual"), ("expire-upload", "manual")))
    place.layer()
    place.begin(b"half")
    place.world.transact(place.world.schedule.release)
    place.world.settle()
    assert (place.layers(), place.uploads()) == ([], [])


def test_what_went_with_its_repository_is_no_failure(place):
    place.layer()
    place.begin(b"half")
    place.world.transact(lambda: place.registry.delete("team/app", force=True))
    assert place.world.schedule.pending() == []
    place.pass_time(2 * DAY)
    assert place.world.schedule.failed() == []
    assert place.world.blobs.names() == set()


def test_a_repository_that_came_back_keeps_its_new_layers(place):
    place.layer()
    place.world.transact(lambda: place.registry.delete("team/app", force=True))
    place.pass_time(20 * HOUR)
    place.world.transact(lambda: place.registry.create(RepositoryRow("team/app", START)))
    digest = place.layer()
    place.pass_time(5 * HOUR)
    assert place.layers() == [digest]
