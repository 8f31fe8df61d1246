"""ecrmock.reactions.follow: referrers follow a deleted subject within 24 hours (facts/api 9.3)."""

import json

import boto3
import pytest
from constants import NOWHERE, OCI
from images import digest_of, image_of, index_of
from werkzeug.test import Client

from ecrmock import mock_ecr

NAME = {"repositoryName": "app"}
EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": NOWHERE, "size": 2}


class Place:
    def __init__(self, mock):
        self.mock = mock
        self.client = boto3.client("ecr", "us-east-1")
        self.client.create_repository(**NAME)

    def put(self, content, subject=None, tag=None):
        more = {} if subject is None else {"subject": {"mediaType": OCI, "digest": subject, "size": 1}}
        text = json.dumps(image_of(EMPTY, EMPTY, annotations={"of": content}, **more))
        more = {"imageTag": tag} if tag else {}
        return self.client.put_image(**NAME, imageManifest=text, **more)["image"]["imageId"]["imageDigest"]

    def delete(self, digest):
        assert self.client.batch_delete_image(**NAME, imageIds=[{"imageDigest": digest}])["failures"] == []

    def images(self):
        return {row["imageDigest"] for row in self.client.describe_images(**NAME)["imageDetails"]}


@pytest.fixture
def place():
    with mock_ecr(lenient=True) as mock:
        yield Place(mock)


def test_they_stay_for_a_day_and_go_with_theirs(place):
    subject = place.put("image", tag="v1")
    other = place.put("another")
    signature = place.put("signature", subject)
    second = place.put("of the signature", signature)
    place.delete(subject)
    place.mock.clock.advance(hours=23)
    assert place.images() == {other, signature, second}
    place.mock.clock.advance(hours=1)
    assert place.images() == {other}


def test_they_stay_where_the_subject_is_back_in_time(place):
    subject = place.put("image")
    signature = place.put("signature", subject)
    place.delete(subject)
    place.mock.clock.advance(hours=5)
    assert place.put("image") == subject
    place.mock.clock.advance(days=3)
    assert place.images() == {subject, signature}


def test_what_came_later_or_never_had_a_subject_stays(place):
    subject = place.put("image")
    place.put("signature", subject)
    nobody = place.put("sbom", "sha256:" + "1" * 64)
    place.delete(subject)
    place.mock.clock.advance(hours=5)
    later = place.put("later", subject)
    place.mock.clock.advance(days=3)
    assert place.images() == {nobody, later}


def test_one_that_a_list_holds_stays(place):
    subject = place.put("image")
    signature = place.put("signature", subject)
    text = json.dumps(index_of({"mediaType": OCI, "digest": signature, "size": 1}))
    place.client.put_image(**NAME, imageManifest=text, imageTag="list")
    place.delete(subject)
    place.mock.clock.advance(days=3)
    assert signature in place.images()


def test_a_repository_that_is_made_anew_keeps_its_own(place):
    subject = place.put("image")
    place.put("signature", subject)
    place.delete(subject)
    place.client.delete_repository(**NAME, force=True)
    place.mock.clock.advance(hours=1)
    place.client.create_repository(**NAME)
    signature = place.put("signature", subject)
    place.mock.clock.advance(days=3)
    assert place.images() == {signature}


def test_what_another_repository_of_that_name_holds_stays(place):
    place.mock.clock.freeze()
    subject = place.put("image")
    place.put("signature", subject)
    place.client.delete_repository(**NAME, force=True)
    assert "delete-referrers" not in {row.kind for row in place.mock.world.schedule.pending()}
    place.client.create_repository(**NAME)
    signature = place.put("signature", subject)
    place.mock.clock.advance(days=2)
    assert place.images() == {signature}


def test_a_chain_of_referrers_may_be_long(place):
    subject = last = place.put("image")
    for number in range(1_100):
        last = place.put(f"of {number}", last)
    for target, status in (("ARCHIVE", "ARCHIVED"), ("STANDARD", "ACTIVE")):
        image = {"imageDigest": subject}
        place.client.update_image_storage_class(**NAME, imageId=image, targetStorageClass=target)
        (found,) = place.client.describe_images(
            **NAME, imageIds=[{"imageDigest": last}], filter={"imageStatus": "ANY"}
        )["imageDetails"]
        assert found["imageStatus"] == status
    place.delete(subject)
    place.mock.clock.advance(days=1)
    assert place.images() == set()
    assert place.mock.world.schedule.failed() == []


def test_they_go_too_where_they_name_their_subject_by_another_digest(place):
    text = json.dumps(image_of(EMPTY, EMPTY))
    alias = digest_of(text, "sha512")
    token = place.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    headers = {"Authorization": f"Basic {token}", "Content-Type": OCI}
    answer = Client(place.mock.application).put(f"/v2/app/manifests/{alias}", data=text, headers=headers)
    assert answer.status_code == 201
    place.put("signature", alias)
    place.delete(digest_of(text))
    place.mock.clock.advance(days=1)
    assert place.images() == set()
