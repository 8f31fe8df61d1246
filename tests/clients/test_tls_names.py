"""AWS's own host names, unmodified, over TLS: in a private network they lead to `ecrmock serve` on port 443.

Clients trust the local CA and are told nothing else, no endpoint and no port.
"""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from clients.drivers import Buildah, Client, Crane, Ctr, Docker, Oras, Podman, Regctl, Skopeo, absent, program
from clients.engines import BuildKit, Engine
from kit import Server
from layouts import digests

pytestmark = pytest.mark.xdist_group("clients-tls")
REAL = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
OTHER_NAMES = {
    "123456789012.dkr-ecr.us-east-1.on.aws": "us-east-1",
    "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com": "us-east-1",
    "123456789012.dkr-ecr-fips.us-east-1.on.aws": "us-east-1",
    "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com": "us-gov-west-1",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn": "cn-north-1",
    "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu": "eusc-de-east-1",
}
OTHER_APIS = [
    "ecr.us-east-1.api.aws",
    "api.ecr-fips.us-east-1.amazonaws.com",
    "ecr-fips.us-east-1.amazonaws.com",
    "ecr-fips.us-east-1.api.aws",
    "api.ecr.us-gov-west-1.amazonaws.com",
    "api.ecr.cn-north-1.amazonaws.com.cn",
    "api.ecr.eusc-de-east-1.amazonaws.eu",
]
OUTWARD = "192.0.2.1"
"""In a private network an address like any other."""
RING = [Skopeo, Podman, Crane, Ctr, Buildah, Regctl, Oras, Skopeo]
ENTER = 'ip link set lo up && mount --bind "$1" /etc/hosts && echo ready && exec cat'
RESET = "import urllib.request as r; r.urlopen(r.Request('https://localhost/_ecrmock/reset', method='POST'))"


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def words(state):
    """What `ecrmock ca` says."""
    command = [sys.executable, "-m", "ecrmock", "ca", "--port", "443"]
    environment = os.environ | {"XDG_STATE_HOME": str(state)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


@pytest.fixture(scope="module")
def printed(words):
    """The same by the headline of each part."""
    parts = [part.partition("\n") for part in words.strip().split("\n\n")]
    return {headline.strip("# ").partition(":")[0]: body for headline, _, body in parts}


@pytest.fixture(scope="module")
def trust(state):
    authority = str(state / "ecrmock" / "ca.pem")
    return {"SSL_CERT_FILE": authority, "AWS_CA_BUNDLE": authority}


@pytest.fixture(scope="module")
def inside(printed, tmp_path_factory):
    """What to put before a command to run it where AWS's names lead here; nothing outside changes."""
    enter, shell = program("nsenter"), [program("unshare"), "--mount", "--net", "sh", "-c", ENTER, "sh"]
    program("ip")
    hosts = tmp_path_factory.mktemp("hosts") / "hosts"
    more = " ".join([*OTHER_NAMES, *OTHER_APIS])
    hosts.write_text(f"127.0.0.1 localhost\n{printed['/etc/hosts']}\n127.0.0.1 {more}\n")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen([*shell, hosts], **pipes) as holder:  # it ends with its input, or with us
        said = holder.stdout.readline()
        if said != "ready\n":
            absent(f"a private network and its hosts file cannot be made: {said}")
        yield (enter, f"--target={holder.pid}", "--mount", "--net")


@pytest.fixture(scope="module")
def server(inside, state, tmp_path_factory):
    options = ("--tls", "auto", "--registry-host", "aws")
    with_state = (*inside, "env", f"XDG_STATE_HOME={state}")
    running = Server(tmp_path_factory.mktemp("server"), *options, port=443, inside=with_state)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _empty(server, inside, trust):
    assert server.lines[0] == "ecrmock listening on https://localhost:443"
    subprocess.run([*inside, sys.executable, "-c", RESET], check=True, env=os.environ | trust)


@pytest.fixture
def start(inside, trust, tmp_path):
    """Makes a client of any driver that trusts the CA unless told otherwise; it is not signed in."""
    made = []

    def started(driver, name="", host=REAL, *, trusting=True):
        folder = tmp_path / (name or driver.NAME)
        client = driver(folder, f"https://{host}", name, (*inside, "env", f"--chdir={folder}"))
        client.environment |= trust if trusting else {}
        del client.environment["AWS_ENDPOINT_URL"]
        made.append(client)
        client.start()
        return client

    yield started
    for client in made:
        client.stop()


@pytest.fixture
def aws(start):
    return start(Client, "aws")


@pytest.fixture
def password(aws):
    return aws("ecr", "get-login-password").strip()


@pytest.fixture
def helper(start):
    """Asks the credential helper about a host."""
    return lambda host: json.loads(start(Client, "docker-credential-ecr-login")("get", stdin=host))


def create(aws, name="team/app", *more):
    return json.loads(aws("ecr", "create-repository", "--repository-name", name, *more))["repository"]["repositoryUri"]


def stored(aws, name="team/app"):
    seen = json.loads(aws("ecr", "describe-images", "--repository-name", name, "--image-ids", "imageTag=v1"))
    return seen["imageDetails"][0]["imageDigest"]


@pytest.fixture
def pushed(aws, helper, layout, start):
    """The digest of `team/app:v1`."""
    create(aws)
    made = layout.tag(layout.image(b"hello"), "t1")
    crane = start(Crane)
    crane.sign_in(helper(REAL)["Secret"])
    crane.push(layout, "t1", "team/app:v1")
    return made


# -- names


@pytest.mark.parametrize("name", ["aws", "aws2"])
def test_the_cli_gets_awss_address_and_a_password_for_it(start, layout, name):
    aws = start(Client, name)
    assert create(aws) == f"{REAL}/team/app"
    data = json.loads(aws("ecr", "get-authorization-token"))["authorizationData"]
    assert [row["proxyEndpoint"] for row in data] == [f"https://{REAL}"]
    skopeo = start(Skopeo)
    skopeo.sign_in(aws("ecr", "get-login-password"))
    made = layout.tag(layout.image(b"hello"), "t1")
    skopeo.push(layout, "t1", "team/app:v1")
    assert skopeo.pull("team/app:v1") == stored(aws) == made


@pytest.mark.parametrize("pair", [*itertools.pairwise(RING)], ids=lambda pair: "-".join(driver.NAME for driver in pair))
def test_what_one_pushes_another_pulls(aws, password, layout, start, pair):
    create(aws)
    made = layout.tag(layout.image(b"hello"), "t1")
    one, other = map(start, pair)
    one.sign_in(password)
    one.push(layout, "t1", "team/app:v1")
    digest = stored(aws)
    assert digest == made or not one.KEEPS
    other.sign_in(password)
    assert other.pull("team/app:v1") == digest


@pytest.mark.usefixtures("pushed")
def test_docker_signs_in_and_sees_a_manifest(password, layout, start):
    docker = start(Docker)
    docker.sign_in(password)
    seen = json.loads(docker("manifest", "inspect", f"{REAL}/team/app:v1"))
    assert {layer["digest"][7:] for layer in seen["layers"]} < digests(layout.folder)


@pytest.mark.parametrize("variable", ["AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"])
def test_the_cli_finds_the_other_endpoints_of_a_region(aws, variable):
    aws.environment[variable] = "true"
    assert create(aws) == f"{REAL}/team/app"


def test_the_cli_finds_the_endpoint_with_fips_and_both_stacks(aws):
    aws.environment |= {"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_USE_FIPS_ENDPOINT": "true"}
    assert create(aws) == f"{REAL}/team/app"


@pytest.mark.parametrize(("host", "region"), OTHER_NAMES.items())
def test_the_helper_signs_in_at_every_kind_of_name(helper, layout, start, host, region):
    create(start(Client, "aws"), "team/app", "--region", region)
    made = layout.tag(layout.image(b"hello"), "t1")
    crane = start(Crane, host=host)
    crane.sign_in(helper(host)["Secret"])
    crane.push(layout, "t1", "team/app:v1")
    assert crane.pull("team/app:v1") == made


# -- the credential helper


@pytest.mark.parametrize("driver", [Skopeo, Crane])
def test_what_the_helper_prints_opens_the_registry(pushed, helper, start, driver):
    told = helper(REAL)
    assert (told["ServerURL"], told["Username"]) == (REAL, "AWS")
    client = start(driver)
    client.sign_in(told["Secret"])
    assert client.pull("team/app:v1") == pushed


@pytest.mark.parametrize("driver", [Skopeo, Podman, Buildah, Crane, Regctl, Oras])
def test_a_client_asks_the_helper_itself(pushed, start, driver):
    client = start(driver)
    for path in (client.folder / "auth.json", client.folder / ".docker" / "config.json"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"credHelpers": {REAL: "ecr-login"}}))
    client.environment["PATH"] += f"{os.pathsep}{Path(program('docker-credential-ecr-login')).parent}"
    assert client.pull("team/app:v1") == pushed


# -- trust, and what `ecrmock ca` prints


@pytest.mark.parametrize("driver", [Skopeo, Podman, Crane, Ctr, Buildah, Regctl, Oras])
def test_a_client_that_does_not_trust_the_ca_refuses(helper, start, driver):
    client = start(driver)
    client.sign_in(helper(REAL)["Secret"])
    del client.environment["SSL_CERT_FILE"]
    with pytest.raises(AssertionError, match="certificate signed by unknown authority"):
        client.pull("team/app:v1")


def test_a_cli_that_does_not_trust_the_ca_refuses(aws):
    for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
        del aws.environment[name]
    aws.environment["AWS_MAX_ATTEMPTS"] = "1"
    assert "CERTIFICATE_VERIFY_FAILED" in aws.refused("ecr", "describe-repositories")


@pytest.mark.parametrize("driver", [Skopeo, Podman, Buildah])
def test_a_folder_of_certificates_is_trust_enough(helper, pushed, start, trust, driver):
    client = start(driver)
    folder = client.folder / ".config" / "containers" / "certs.d" / REAL
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(Path(trust["SSL_CERT_FILE"]).read_bytes())
    del client.environment["SSL_CERT_FILE"]
    client.sign_in(helper(REAL)["Secret"])
    assert client.pull("team/app:v1") == pushed


def test_containerd_takes_the_printed_hosts_toml(helper, pushed, start, printed):
    ctr = start(Ctr)
    del ctr.environment["SSL_CERT_FILE"]
    ctr.sign_in(helper(REAL)["Secret"])
    folder = ctr.folder / "hosts" / REAL
    folder.mkdir(parents=True)
    (folder / "hosts.toml").write_text(printed["containerd, nerdctl"])
    name = f"{REAL}/team/app:v1"
    ctr("images", "pull", "--hosts-dir", folder.parent, *ctr.credentials, "--snapshotter", "native", name)
    assert [row.split()[2] for row in ctr("images", "ls").splitlines()[1:]] == [pushed]


def test_podman_takes_the_printed_registries_conf(helper, pushed, start, printed):
    podman = start(Podman)
    (podman.folder / "registries.conf").write_text(printed["podman, skopeo, buildah (pulls only)"])
    podman.host = "localhost:443"
    podman.sign_in(helper(REAL)["Secret"])
    podman("pull", "-q", f"{REAL}/team/app:v1")
    assert podman("image", "inspect", "--format", "{{.Digest}}", f"{REAL}/team/app:v1").strip() == pushed


# -- a docker engine and BuildKit


@pytest.mark.engine
def test_an_engine_pushes_pulls_and_pulls_by_digest(aws, password, layout, start):
    create(aws)
    layout.tag(layout.image(b"hello"), "t1")
    engine = start(Engine)
    engine.sign_in(password)
    engine.push(layout, "t1", "team/app:v1")
    engine("system", "prune", "--all", "--force")
    assert engine.pull("team/app:v1") == stored(aws)
    assert engine.pull(f"team/app@{stored(aws)}") == stored(aws)


@pytest.fixture
def outward(inside, state, tmp_path):
    """A server elsewhere than on the loopback addresses, at which an engine takes every certificate."""
    subprocess.run([*inside, program("ip"), "address", "add", f"{OUTWARD}/32", "dev", "lo"], check=True)
    options = ("--tls", "auto", "--registry-host", "aws", "--host", OUTWARD)
    running = Server(tmp_path, *options, port=443, inside=(*inside, "env", f"XDG_STATE_HOME={state}"))
    yield running
    running.stop()
    subprocess.run([*inside, program("ip"), "address", "delete", f"{OUTWARD}/32", "dev", "lo"], check=True)


@pytest.mark.engine
@pytest.mark.usefixtures("outward")
@pytest.mark.parametrize("trusting", [False, True])
def test_an_engine_asks_for_the_ca_at_the_printed_path(words, start, trust, tmp_path, trusting):
    (path,) = re.findall(r"^# docker: /etc/(\S+) is that file$", words, re.MULTILINE)
    certificate = tmp_path / Engine.NAME / "etc" / path
    certificate.parent.mkdir(parents=True)
    (tmp_path / Engine.NAME / "etc" / "hosts").write_text(f"{OUTWARD} {REAL}\n")
    if trusting:
        certificate.write_bytes(Path(trust["SSL_CERT_FILE"]).read_bytes())
    said = start(Engine, trusting=False).refused_login("wrong")
    assert ("401 Unauthorized" if trusting else "certificate signed by unknown authority") in said


@pytest.mark.engine
def test_buildkit_builds_from_and_pushes_to_awss_name(aws, password, start):
    create(aws)
    buildkit = start(BuildKit)
    buildkit.sign_in(password)
    base = buildkit.build("team/app:base", lines=("FROM scratch", "COPY a /a"), files={"a": b"a"})
    buildkit("prune", "--all")
    buildkit.build("team/app:v1", lines=(f"FROM {REAL}/team/app:base", "COPY b /b"), files={"b": b"b"})
    crane = start(Crane)
    crane.sign_in(password)
    assert crane("digest", f"{REAL}/team/app:base").strip() == base != stored(aws) == crane.pull("team/app:v1")
