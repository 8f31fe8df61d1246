"""A real docker engine: what people type, from login to a pull by digest, and what they read when ECR says no."""

import json

import pytest
from clients.drivers import Crane, Oras, Podman, Skopeo
from clients.engines import Engine
from constants import DOCKER_LIST, NOWHERE

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]
HELLO = ("FROM scratch", "COPY hello.txt /hello.txt", 'CMD ["/hello.txt"]')


@pytest.fixture(scope="module")
def daemon(server, tmp_path_factory):
    running = Engine(tmp_path_factory.mktemp("engine"), f"http://localhost:{server.port}")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def engine(daemon, server):
    """Signed in, with an empty store."""
    daemon.sign_in(server.password())
    daemon("system", "prune", "--all", "--force")
    return daemon


@pytest.fixture
def app(ecr):
    """A repository."""
    ecr.create_repository(repositoryName="team/app")
    return "team/app"


def stored(ecr, name, tag="v1"):
    seen = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])
    return seen["imageDetails"][0]["imageDigest"]


def told(pushed):
    """The digest in the last line of a push."""
    return pushed.split("digest: ")[1].split()[0]


def test_what_the_engine_builds_and_pushes_it_pulls_again(ecr, app, engine):
    name = engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"})
    identity = engine("image", "inspect", "--format", "{{.Id}}", name)
    digest = told(engine("push", name))
    assert digest == stored(ecr, app)
    engine("rmi", name)
    assert engine.pull(f"{app}:v1") == digest
    assert engine("image", "inspect", "--format", "{{.Id}}", name) == identity
    assert engine.read(name, "/hello.txt") == b"hello\n"


@pytest.mark.parametrize("driver", [Podman, Crane, Oras], ids=lambda driver: driver.NAME)
def test_what_the_engine_pushes_another_pulls(ecr, app, engine, start, driver):
    engine("push", engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"}))
    assert start(driver).pull(f"{app}:v1") == stored(ecr, app)


@pytest.mark.parametrize("driver", [Skopeo, Crane, Oras], ids=lambda driver: driver.NAME)
def test_what_another_pushes_the_engine_pulls(app, engine, start, layout, driver):
    made = layout.tag(layout.image(b"hello"), "t1")
    start(driver).push(layout, "t1", f"{app}:v1")
    assert engine.pull(f"{app}:v1") == made
    assert engine.read(f"{engine.host}/{app}:v1", "/hello.txt") == b"hello"


def test_an_image_is_built_from_one_in_the_registry(ecr, app, engine):
    base = engine.build(f"{app}:base", *HELLO, **{"hello.txt": b"hello\n"})
    engine("push", base)
    engine("rmi", base)
    name = engine.build(f"{app}:v1", f"FROM {base}", "COPY more.txt /", **{"more.txt": b"more\n"})
    engine("push", name)
    (first, *_) = layers(ecr, app, "base")
    assert layers(ecr, app, "v1")[0] == first
    assert engine.read(name, "/hello.txt") + engine.read(name, "/more.txt") == b"hello\nmore\n"


def layers(ecr, name, tag):
    (image,) = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": tag}])["images"]
    return [layer["digest"] for layer in json.loads(image["imageManifest"])["layers"]]


def test_a_layer_that_is_there_is_not_sent_again(app, engine):
    name = engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"})
    assert "Pushed" in engine("push", name)
    engine("tag", name, f"{engine.host}/{app}:v2")
    said = engine("push", f"{engine.host}/{app}:v2")
    assert ("Layer already exists" in said, "Pushed" in said) == (True, False)


@pytest.mark.parametrize(("setting", "words"), [("ENABLED", "Mounted from team/app"), ("DISABLED", "Pushed")])
def test_a_layer_is_mounted_from_another_repository_where_the_account_allows_it(ecr, app, engine, setting, words):
    ecr.put_account_setting(name="BLOB_MOUNTING", value=setting)
    ecr.create_repository(repositoryName="team/copy")
    name = engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"})
    engine("push", name)
    engine("tag", name, f"{engine.host}/team/copy:v1")
    assert words in engine("push", f"{engine.host}/team/copy:v1")
    assert stored(ecr, "team/copy") == stored(ecr, app)


def test_all_tags_are_pulled_at_once(ecr, app, engine):
    for tag in ("v1", "v2", "v3"):
        engine("push", engine.build(f"{app}:{tag}", *HELLO, **{"hello.txt": tag.encode()}))
    name = f"{engine.host}/{app}"
    engine("rmi", *(f"{name}:{tag}" for tag in ("v1", "v2", "v3")))
    engine("pull", "--all-tags", name)
    for tag in ("v1", "v2", "v3"):
        assert engine.read(f"{name}:{tag}", "/hello.txt") == tag.encode()
    assert len(ecr.describe_images(repositoryName=app)["imageDetails"]) == 3


def test_all_tags_are_pushed_at_once(ecr, app, engine):
    for tag in ("v1", "v2"):
        engine.build(f"{app}:{tag}", *HELLO, **{"hello.txt": tag.encode()})
    engine("push", "--all-tags", f"{engine.host}/{app}")
    assert sorted(row["imageTag"] for row in ecr.list_images(repositoryName=app)["imageIds"]) == ["v1", "v2"]


def test_an_image_is_pulled_by_digest(ecr, app, engine):
    name = engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"})
    engine("push", name)
    digest = stored(ecr, app)
    engine("rmi", name)
    assert engine.pull(f"{app}@{digest}") == digest
    assert "manifest unknown" in engine.refused("pull", f"{engine.host}/{app}@{NOWHERE}")


def test_of_a_manifest_list_the_engine_pulls_its_own_platform(ecr, app, engine):
    parts = []
    for architecture in ("amd64", "arm64"):
        name = engine.build(f"{app}:{architecture}", *HELLO, **{"hello.txt": architecture.encode()})
        engine("push", name)
        parts.append(name)
    name = f"{engine.host}/{app}:all"
    engine("manifest", "create", "--insecure", name, *parts)
    for architecture, part in zip(("amd64", "arm64"), parts, strict=True):
        engine("manifest", "annotate", "--os=linux", f"--arch={architecture}", name, part)
    pushed = engine("manifest", "push", "--insecure", "--purge", name).split()[-1]
    (image,) = ecr.describe_images(repositoryName=app, imageIds=[{"imageTag": "all"}])["imageDetails"]
    assert (image["imageDigest"], image["imageManifestMediaType"]) == (pushed, DOCKER_LIST)
    engine("rmi", *parts)
    assert engine.pull(f"{app}:all") == pushed
    assert engine.read(name, "/hello.txt") == b"amd64"
    engine("rmi", name)
    engine("pull", "--platform=linux/arm64", name)
    assert engine.read(name, "/hello.txt") == b"arm64"


def test_a_pull_of_what_another_pushed_as_an_index_takes_the_platforms_image(app, engine, start, layout):
    index = layout.tag(layout.index(layout.image(b"one"), layout.image(b"two", "arm64")), "all")
    start(Oras).push(layout, "all", f"{app}:all")
    assert engine.pull(f"{app}:all") == index
    assert engine.read(f"{engine.host}/{app}:all", "/hello.txt") == b"one"


# -- what it says when it is refused


@pytest.mark.parametrize(
    ("action", "verb"), [("ecr:InitiateLayerUpload", "push"), ("ecr:PutImage", "push"), ("ecr:BatchGetImage", "pull")]
)
def test_what_a_policy_denies(ecr, app, engine, action, verb):
    name = engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"})
    if verb == "pull":
        engine("push", name)
    deny = {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": action}
    ecr.set_repository_policy(repositoryName=app, policyText=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    said = engine.refused(verb, name)
    assert "denied: User: arn:aws:iam::123456789012:" in said
    assert f"is not authorized to perform: {action} on resource: arn:aws:ecr:us-east-1:123456789012:repo" in said


def test_without_a_login_nothing_goes(app, engine):
    name = engine.build(f"{app}:v1", *HELLO, **{"hello.txt": b"hello\n"})
    engine("push", name)
    engine("logout", engine.host)
    assert "no basic auth credentials" in engine.refused("push", name)
    assert "no basic auth credentials" in engine.refused("pull", name)


def test_a_tag_that_is_not_there(app, engine):
    assert "manifest unknown: Requested image not found" in engine.refused("pull", f"{engine.host}/{app}:none")
