"""ecrmock.distribution.login: who gets in, and which registry they mean."""

import base64
import json

import pytest
from constants import ACCOUNT, AWAY

PATHS = [
    "/v2",
    "/v2/",
    "/v2/_catalog",
    "/v2/team/app/tags/list",
    "/v2/team/app/manifests/v1",
    "/v2/team/app/blobs/sha256:" + "0" * 64,
    "/v2/team/app/blobs/uploads/",
    "/v2/team/app/blobs/uploads/some-id",
    "/v2/team/app/referrers/sha256:" + "0" * 64,
    "/v2/Bad_Name!/tags/list",
    "/v2/nonsense",
]


@pytest.mark.parametrize("path", PATHS)
def test_without_credentials_every_path_and_method_is_challenged_with_fifteen_bytes(docker, path):
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        answer = docker(method, path, login=None)
        assert answer.status_code == 401
        assert answer.data == (b"" if method == "HEAD" else b"Not Authorized\n")
        assert answer.headers["Content-Length"] == "15"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="http://localhost/",service="ecr.amazonaws.com"'


def test_the_challenge_names_the_host_that_was_asked(docker):
    answer = docker("GET", "/v2/", login=None, host="https://123456789012.dkr.ecr.us-east-1.amazonaws.com")
    assert answer.headers["WWW-Authenticate"] == (
        'Basic realm="https://123456789012.dkr.ecr.us-east-1.amazonaws.com/",service="ecr.amazonaws.com"'
    )


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_a_good_login_is_welcome_with_and_without_the_slash(docker, path):
    answer = docker("GET", path)
    assert answer.status_code == 200
    assert answer.json == {}
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert docker("HEAD", path).data == b""


def password(docker):
    return base64.b64decode(docker.login.partition(" ")[2]).decode().partition(":")[2]


def tampered(docker, **members):
    body = json.loads(base64.b64decode(password(docker)))
    body |= members
    return base64.b64encode(json.dumps(body).encode()).decode()


def bad_logins(docker):
    good = password(docker)
    body = json.loads(base64.b64decode(good))
    payload = bytearray(base64.b64decode(body["payload"]))
    payload[-3] ^= 1
    return {
        "a wrong password": docker.basic("AWS", "wrong"),
        "an empty password": docker.basic("AWS", ""),
        "another user": docker.basic("aws", good),
        "no user": docker.basic("", good),
        "a changed payload": docker.basic("AWS", tampered(docker, payload=base64.b64encode(payload).decode())),
        "no payload": docker.basic("AWS", tampered(docker, payload="")),
        "a payload of another kind": docker.basic("AWS", tampered(docker, payload=7)),
        "a cut password": docker.basic("AWS", good[:-8]),
        "another data key": docker.basic("AWS", tampered(docker, datakey="AQEBAAAA")),
        "another version": docker.basic("AWS", tampered(docker, version="1")),
        "another expiration": docker.basic("AWS", tampered(docker, expiration=9_999_999_999)),
        "JSON that is no object": docker.basic("AWS", base64.b64encode(b"[]").decode()),
        "no base64": "Basic %%%",
        "no colon": "Basic " + base64.b64encode(b"AWS").decode(),
        "no UTF-8": "Basic " + base64.b64encode(b"AWS:\xff\xfe").decode(),
        "a bearer": "Bearer " + good,
        "nothing but the kind": "Basic",
    }


def test_bad_logins_are_challenged_again(docker):
    for name, login in bad_logins(docker).items():
        answer = docker("GET", "/v2/", login=login)
        assert (answer.status_code, answer.data) == (401, b"Not Authorized\n"), name
        assert "WWW-Authenticate" in answer.headers, name


def test_a_token_of_another_world_is_worth_nothing(docker):
    elsewhere = type(docker)({})
    assert docker("GET", "/v2/", login=elsewhere.login).status_code == 401


@pytest.mark.parametrize("kind", ["basic", "BASIC"])
def test_the_word_basic_is_read_without_case(docker, kind):
    assert docker("GET", "/v2/", login=docker.login.replace("Basic", kind)).status_code == 200


def test_a_token_holds_for_twelve_hours_and_is_denied_after_without_a_challenge(docker):
    docker.world.travel(docker.world.clock.now() + 12 * 3600 - 1)
    assert docker("GET", "/v2/").status_code == 200
    docker.world.travel(docker.world.clock.now() + 1)
    for path in ("/v2/", "/v2/team/app/tags/list"):
        answer = docker("GET", path)
        assert docker.refusal(answer) == (
            403,
            "DENIED",
            "Your authorization token has expired. Reauthenticate and try again.",
        )
        assert "WWW-Authenticate" not in answer.headers
    assert docker("HEAD", "/v2/team/app/manifests/v1").data == b""


def test_a_new_token_leaves_older_ones_good(docker):
    docker.token()
    assert docker("GET", "/v2/").status_code == 200


REQUESTS = [
    ("GET", "manifests/v1", "BatchGetImage"),
    ("PUT", "manifests/v1", "PutImage"),
    ("GET", "tags/list", "ListImages"),
    ("POST", "blobs/uploads/", "InitiateLayerUpload"),
    ("PATCH", "blobs/uploads/x", "UploadLayerPart"),
    ("PUT", "blobs/uploads/x?digest=sha256:" + "0" * 64, "CompleteLayerUpload"),
    ("GET", "blobs/sha256:" + "0" * 64, "GetDownloadUrlForLayer"),
    ("DELETE", "manifests/v1", "BatchDeleteImage"),
]


@pytest.mark.parametrize(("method", "path", "action"), REQUESTS)
def test_another_accounts_registry_is_denied_in_awss_words(docker, method, path, action):
    docker.repository()
    where = f"/v2/{ACCOUNT}.dkr.ecr.us-east-1/team/app/{path}"
    answer = docker(method, where, login=docker.token(AWAY))
    assert docker.refusal(answer) == (
        403,
        "DENIED",
        (
            f"User: arn:aws:iam::{AWAY}:root is not authorized to perform: ecr:{action} on resource: "
            f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app because no resource-based policy allows the "
            f"ecr:{action} action"
        ),
    )
    assert "WWW-Authenticate" not in answer.headers
    assert docker.calls == [(action, "AccessDeniedException")]


def test_a_denied_head_has_no_body(docker):
    path = f"/v2/{ACCOUNT}.dkr.ecr.us-east-1/team/app/manifests/v1"
    answer = docker("HEAD", path, login=docker.token(AWAY))
    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize("options", [{"iam": "off"}])
def test_without_iam_another_accounts_registry_is_found(docker):
    docker.repository()
    pushed = docker.push("v1")
    path = f"/v2/{ACCOUNT}.dkr.ecr.us-east-1/team/app/manifests/v1"
    assert docker("GET", path, login=docker.token(AWAY)).data == pushed.manifest


@pytest.mark.parametrize("options", [{"auth": "off"}])
def test_without_auth_nobody_needs_to_log_in(docker):
    docker.repository()
    assert docker("GET", "/v2/", login=None).status_code == 200
    assert docker("GET", "/v2/team/app/tags/list", login=None).json == {"name": "team/app", "tags": []}
    assert docker("GET", "/v2/team/app/tags/list", login=docker.basic("any", "thing")).status_code == 200


# -- which registry is meant (facts/registry 3.8)


@pytest.fixture
def four(docker):
    """A repository in two accounts and two regions, each with a tag of its own."""
    for account in (ACCOUNT, AWAY):
        for region in ("us-east-1", "eu-west-1"):
            docker.api("CreateRepository", account=account, region=region, repositoryName="team/app")
            docker.login = docker.token(account, region)
            docker.push(f"{account}-{region}")
    docker.login = docker.token()
    return docker


def test_the_login_decides_where_nothing_else_does(four):
    for account in (ACCOUNT, AWAY):
        for region in ("us-east-1", "eu-west-1"):
            answer = four("GET", "/v2/team/app/tags/list", login=four.token(account, region))
            assert answer.json["tags"] == [f"{account}-{region}"]


@pytest.mark.parametrize(
    "host",
    [
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.localhost:5000",
        f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws",
        f"{ACCOUNT}.dkr.ecr-fips.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.DKR.ECR.EU-WEST-1.AMAZONAWS.COM:443",
    ],
)
@pytest.mark.parametrize("options", [{"iam": "off"}])
def test_a_host_that_is_a_registry_name_decides(four, host):
    answer = four("GET", "/v2/team/app/tags/list", host=f"http://{host}", login=four.token(AWAY, "eu-west-1"))
    assert answer.json["tags"] == [f"{ACCOUNT}-eu-west-1"]


@pytest.mark.parametrize(
    "path", ["/v2/", "/v2/team/app/tags/list", f"/v2/{ACCOUNT}.dkr.ecr.us-east-1/team/app/tags/list"]
)
def test_a_login_of_another_region_is_denied_at_the_name_of_a_registry(four, path):
    host, told = f"http://{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com", "Your authorization token is of another Region."
    answer = four("GET", path, host=host)
    assert four.refusal(answer) == (403, "DENIED", f"{told} Reauthenticate and try again.")
    assert "Www-Authenticate" not in answer.headers
    assert four("GET", path, host=host, login=four.token(ACCOUNT, "eu-west-1")).status_code == 200


def test_the_ns_of_a_mirror_and_its_header_decide(four):
    name = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    assert four("GET", f"/v2/team/app/tags/list?ns={name}").json["tags"] == [f"{ACCOUNT}-eu-west-1"]
    assert four("GET", "/v2/team/app/tags/list", OCI_Namespace=name).json["tags"] == [f"{ACCOUNT}-eu-west-1"]
    assert four("GET", "/v2/team/app/tags/list?ns=docker.io").json["tags"] == [f"{ACCOUNT}-us-east-1"]


def test_a_first_path_component_decides_and_is_no_part_of_the_name(four):
    answer = four("GET", f"/v2/{ACCOUNT}.dkr.ecr.eu-west-1/team/app/tags/list")
    assert answer.json == {"name": "team/app", "tags": [f"{ACCOUNT}-eu-west-1"]}


def test_the_host_wins_over_the_path_and_the_path_over_the_login(four):
    host = f"http://{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    path = f"/v2/{ACCOUNT}.dkr.ecr.us-east-1/team/app/tags/list"
    eu = four.token(ACCOUNT, "eu-west-1")
    assert four("GET", path, host=host, login=eu).json["tags"] == [f"{ACCOUNT}-eu-west-1"]
    assert four("GET", path, login=eu).json["tags"] == [f"{ACCOUNT}-us-east-1"]


def test_a_whole_push_and_pull_under_a_path_selector_as_the_api_hands_it_out(docker):
    made = docker.api("CreateRepository", account=AWAY, region="eu-west-1", repositoryName="team/app")["repository"]
    assert made["repositoryUri"] == f"localhost/{AWAY}.dkr.ecr.eu-west-1/team/app"
    docker.login = docker.token(AWAY)
    name = made["repositoryUri"].partition("/")[2]
    location = docker.begin(name)
    assert location.startswith(f"/v2/{AWAY}.dkr.ecr.eu-west-1/team/app/blobs/uploads/")
    finished = docker("PUT", f"{location}?digest={docker.digest(b'data')}", b"data")
    assert docker("GET", finished.headers["Location"]).data == b"data"
    pushed = docker.push("v1", name=name)
    put = docker.put(pushed.manifest, "v2", name)
    assert docker("GET", put.headers["Location"]).data == pushed.manifest
    listed = docker("GET", f"/v2/{name}/tags/list?n=1")
    assert f"</v2/{name}/tags/list?n=1&last=v1>" in listed.headers["Link"]
    assert docker.api("ListImages", account=AWAY, region="eu-west-1", repositoryName="team/app")["imageIds"]


def test_inside_the_default_registry_the_api_hands_out_the_plain_form(docker):
    assert docker.repository()["repositoryUri"] == "localhost/team/app"
    assert docker.api("GetAuthorizationToken")["authorizationData"][0]["proxyEndpoint"] == "http://localhost"


def test_the_login_of_another_registry_goes_to_the_address_of_its_repositories(docker):
    (entry,) = docker.api("GetAuthorizationToken", account=AWAY, region="eu-west-1")["authorizationData"]
    made = docker.api("CreateRepository", account=AWAY, region="eu-west-1", repositoryName="team/app")["repository"]
    assert made["repositoryUri"] == f"{entry['proxyEndpoint'].removeprefix('http://')}/team/app"
    assert entry["proxyEndpoint"] == f"http://localhost/{AWAY}.dkr.ecr.eu-west-1"
