"""ecrmock.domain.scanning.moto_queue: answers that wait for an image, given out as moto does."""

import pytest
from constants import ACCOUNT, NOWHERE

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.scanning import moto_queue as scan_queue
from ecrmock.domain.scanning.moto_queue import QueueError

BY_TAG = {"imageTag": "v1"}


def queue(bench, *names, repository="team/app", image_id=None):
    """Queue an answer of each name for an image, for any where none is named."""
    bodies = [{"repositoryName": repository, "imageId": image_id or {}, "name": name} for name in names]
    bench.do(lambda _repository: scan_queue.add(bench.world, ACCOUNT, "us-east-1", bodies))


def ask(bench, image, asked=None):
    body = bench.do(lambda repository: scan_queue.next_answer(repository, image, asked or BY_TAG))
    return body and body["name"]


def test_each_way_of_asking_gets_the_next_answer_and_the_same_ever_after(bench):
    image = bench.push(b"x", tag="v1")
    queue(bench, "one", "two", "three", image_id=BY_TAG)
    by_digest, by_both = {"imageDigest": image.digest}, {"imageDigest": image.digest, **BY_TAG}
    ways = (BY_TAG, by_digest, BY_TAG, by_both, dict(reversed(by_both.items())), by_digest)
    assert [ask(bench, image, way) for way in ways] == ["one", "two", "one", "three", "three", "two"]


def test_where_none_is_queued_there_is_none(bench):
    image = bench.push(b"x", tag="v1")
    assert ask(bench, image) is None
    queue(bench, "one")
    assert [ask(bench, image), ask(bench, image, {"imageDigest": image.digest})] == ["one", None]


@pytest.mark.parametrize(
    ("repository", "image_id", "mine"),
    [
        ("team/app", {}, True),
        ("team/app", {"imageTag": "v1"}, True),
        ("team/app", {"imageTag": "v2"}, False),
        ("team/app", {"imageDigest": NOWHERE}, False),
        ("team/app", {"imageDigest": NOWHERE, "imageTag": "v1"}, True),
        ("other", {}, False),
    ],
)
def test_an_answer_is_for_the_image_that_it_names(bench, repository, image_id, mine):
    queue(bench, "one", repository=repository, image_id=image_id)
    assert ask(bench, bench.push(b"x", tag="v1")) == ("one" if mine else None)


def test_an_image_is_named_by_its_digest_too(bench):
    image, other = bench.push(b"x", tag="v1"), bench.push(b"y", tag="v2")
    queue(bench, "one", image_id={"imageDigest": other.digest})
    assert [ask(bench, image), ask(bench, other)] == [None, "one"]


def test_the_first_image_that_is_asked_for_claims_every_answer_that_names_none(bench):
    first, second = bench.push(b"x", tag="v1"), bench.push(b"y", tag="v2")
    queue(bench, "one", "two")
    assert [ask(bench, first), ask(bench, second)] == ["one", None]
    queue(bench, "three")
    assert ask(bench, second) == "three"
    assert ask(bench, first, {"imageDigest": first.digest}) == "two"


def test_answers_of_an_image_go_with_it(bench):
    image = bench.push(b"x", tag="v1")
    queue(bench, "one", "two")
    assert ask(bench, image) == "one"
    bench.delete(ImageId(image.digest))
    again = bench.push(b"x", tag="v1")
    assert ask(bench, again) is None
    queue(bench, "three")
    assert ask(bench, again) == "three"


def test_repositories_in_other_regions_have_their_own(bench):
    body = {"repositoryName": "team/app", "imageId": {}, "name": "one"}
    bench.do(lambda _repository: scan_queue.add(bench.world, ACCOUNT, "us-west-2", [body]))
    assert ask(bench, bench.push(b"x", tag="v1")) is None


@pytest.mark.parametrize(
    "results",
    [
        None,
        {},
        [None],
        [{}],
        [{"repositoryName": 1, "imageId": {}}],
        [{"repositoryName": "a"}],
        [{"repositoryName": "a", "imageId": "v1"}],
        [{"repositoryName": "a", "imageId": {"imageTag": 1}}],
        [{"repositoryName": "a", "imageId": {}}, {}],
    ],
)
def test_what_makes_no_sense_is_refused(results):
    with pytest.raises(QueueError, match="results"):
        scan_queue.read(results)


def test_what_makes_sense_is_read_as_it_is():
    results = [{"repositoryName": "a", "imageId": {"imageTag": None}, "more": 1}]
    assert scan_queue.read(results) == results
