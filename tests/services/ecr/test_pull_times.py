"""When does lastRecordedPullTime move? At either door, except for those excluded from it (facts/api 6.4)."""

import base64
import json

import pytest
from constants import ACCOUNT
from werkzeug.test import Client

from ecrmock.domain.registry.registries import Registry
from ecrmock.gateway import identity
from ecrmock.gateway.identity import Caller

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tools/scanner"


@pytest.fixture
def pushed(kit):
    kit.repository()
    return kit.push("v1")


def exclude(kit, principal, region="us-east-1"):
    """What no pattern of the API admits: any principal, the root included."""
    world = kit.mock.world
    world.transact(lambda: world.of(Registry, ACCOUNT, region).exclude(principal))


def pull_time(kit):
    (image,) = kit.describe()
    found = image.get("lastRecordedPullTime")
    return found and found.timestamp()


def by_api(kit, digest):
    answer = kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageDigest": digest}])
    assert len(answer["images"]) == 1


def by_docker(kit, digest, method="GET"):
    entry = kit.client.get_authorization_token()["authorizationData"][0]
    headers = {"Authorization": f"Basic {entry['authorizationToken']}"}
    host = entry["proxyEndpoint"].removeprefix("https://")
    answer = Client(kit.mock.application).open(
        f"/v2/team/app/manifests/{digest}", method=method, headers=headers | {"Host": host}
    )
    assert answer.status_code == 200


def by_docker_head(kit, digest):
    by_docker(kit, digest, "HEAD")


DOORS = [by_api, by_docker, by_docker_head]


@pytest.mark.parametrize("pull", DOORS)
def test_a_pull_is_recorded_and_the_next_one_moves_it(kit, pushed, pull):
    assert pull_time(kit) is None
    for _ in range(2):
        kit.advance(100)
        pull(kit, pushed.digest)
        assert pull_time(kit) == pytest.approx(kit.now(), abs=0.0005)


@pytest.mark.parametrize("pull", DOORS)
def test_an_excluded_principal_leaves_no_trace_until_it_is_taken_back(kit, pushed, pull):
    pull(kit, pushed.digest)
    before = pull_time(kit)
    exclude(kit, ROOT)
    kit.advance(100)
    pull(kit, pushed.digest)
    assert pull_time(kit) == before
    world = kit.mock.world
    world.transact(lambda: world.of(Registry, ACCOUNT, "us-east-1").include(ROOT))
    pull(kit, pushed.digest)
    assert pull_time(kit) == pytest.approx(before + 100, abs=0.0005)


@pytest.mark.parametrize("pull", DOORS)
def test_the_exclusion_of_somebody_else_or_elsewhere_changes_nothing(kit, pushed, pull):
    exclude(kit, "arn:aws:iam::111122223333:root")
    exclude(kit, ROOT, region="eu-west-1")
    kit.client.register_pull_time_update_exclusion(principalArn=ROLE)
    pull(kit, pushed.digest)
    assert pull_time(kit) == pytest.approx(kit.now(), abs=0.0005)


def test_a_session_counts_as_its_role(kit, pushed, monkeypatch):
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/scanner/nightly"
    caller = Caller.root(ACCOUNT, "us-east-1")._replace(principal=session, role=ROLE)
    monkeypatch.setattr(identity, "caller", lambda *_: caller)
    by_api(kit, pushed.digest)
    first = pull_time(kit)
    assert first == pytest.approx(kit.now(), abs=0.0005)
    kit.client.register_pull_time_update_exclusion(principalArn=ROLE)
    kit.advance(100)
    by_api(kit, pushed.digest)
    assert pull_time(kit) == first


def test_a_login_of_a_role_counts_as_the_role_at_the_docker_door(kit, pushed, monkeypatch):
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/scanner/nightly"
    kit.client.register_pull_time_update_exclusion(principalArn=ROLE)
    with monkeypatch.context() as patch:
        caller = Caller.root(ACCOUNT, "us-east-1")._replace(principal=session, role=ROLE)
        patch.setattr(identity, "caller", lambda *_: caller)
        entry = kit.client.get_authorization_token()["authorizationData"][0]
    assert base64.b64decode(entry["authorizationToken"]).startswith(b"AWS:")
    headers = {
        "Authorization": f"Basic {entry['authorizationToken']}",
        "Host": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com",
    }
    assert Client(kit.mock.application).get("/v2/team/app/manifests/v1", headers=headers).text == pushed.manifest
    assert pull_time(kit) is None


def test_looking_is_no_pull(kit, pushed):
    kit.describe()
    kit.ids()
    kit.availability(kit.sha256(pushed.blobs["layer"]))
    kit.client.get_download_url_for_layer(repositoryName="team/app", layerDigest=kit.sha256(pushed.blobs["layer"]))
    kit.client.list_image_referrers(repositoryName="team/app", subjectId={"imageDigest": pushed.digest})
    kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "gone"}])
    assert pull_time(kit) is None


def test_only_the_image_that_is_pulled_is_recorded(kit, pushed):
    index = kit.index(pushed)
    kit.put(index, "multi")
    by_api(kit, kit.sha256(index))
    found = {image["imageDigest"]: "lastRecordedPullTime" in image for image in kit.describe()}
    assert found == {pushed.digest: False, kit.sha256(index): True}


def test_pulls_are_told_whether_they_move_the_time_or_not(kit, pushed):
    exclude(kit, ROOT)
    before = len(kit.mock.calls)
    by_api(kit, pushed.digest)
    assert [call.action for call in kit.mock.calls[before:]] == ["BatchGetImage"]
    assert json.loads(pushed.manifest)
