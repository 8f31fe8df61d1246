"""AWS's own host names, unmodified, over TLS: in a private network they lead to `ecrmock serve` on port 443.

Clients trust the local CA and are told nothing else, no endpoint and no port.
"""

import itertools
import json
import os
from pathlib import Path

import pytest
from clients.drivers import Buildah, Client, Crane, Ctr, Docker, Oras, Podman, Regctl, Skopeo, program
from clients.names import OTHER_NAMES, REAL, create, stored
from layouts import digests

pytestmark = pytest.mark.xdist_group("clients-tls")
RING = [Skopeo, Podman, Crane, Ctr, Buildah, Regctl, Oras, Skopeo]


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
