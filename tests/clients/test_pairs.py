"""One program pushes an image, another pulls it, and both mean the same bytes."""

import hashlib
import itertools
import json

import pytest
from clients.drivers import Buildah, Client, Crane, Ctr, Docker, Oras, Podman, Regctl, Skopeo
from layouts import digests, pulled

pytestmark = pytest.mark.xdist_group("clients-pairs")
REAL = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
RING = [Skopeo, Podman, Crane, Ctr, Buildah, Regctl, Oras, Skopeo]


def stored(ecr, name, tag="v1"):
    ids = [{"imageTag": tag}]
    return ecr.describe_images(repositoryName=name, imageIds=ids)["imageDetails"][0]["imageDigest"]


@pytest.mark.parametrize(("pusher", "puller"), [*itertools.pairwise(RING)], ids=lambda driver: driver.NAME)
def test_what_one_pushes_another_pulls(ecr, layout, start, pusher, puller):
    ecr.create_repository(repositoryName="team/app")
    made = layout.tag(layout.image(b"hello"), "t1")
    start(pusher).push(layout, "t1", "team/app:v1")
    pushed = stored(ecr, "team/app")
    assert pushed == made or not pusher.KEEPS
    assert start(puller).pull("team/app:v1") == pushed


@pytest.mark.parametrize("pusher", RING[:-1], ids=lambda driver: driver.NAME)
def test_a_push_makes_the_repository_where_a_template_says_so(ecr, layout, start, pusher):
    layout.tag(layout.image(b"hello"), "t1")
    client = start(pusher)
    with pytest.raises(AssertionError):
        client.push(layout, "t1", "new/app:v1")
    ecr.create_repository_creation_template(prefix="new", appliedFor=["CREATE_ON_PUSH"], imageTagMutability="IMMUTABLE")
    start(pusher, folder="again").push(layout, "t1", "new/app:v1")
    (made,) = ecr.describe_repositories()["repositories"]
    assert (made["repositoryName"], made["imageTagMutability"]) == ("new/app", "IMMUTABLE")
    assert start(Skopeo, folder="puller").pull("new/app:v1") == stored(ecr, "new/app")


def test_podman_builds_and_crane_pulls(ecr, start, tmp_path):
    ecr.create_repository(repositoryName="team/built")
    podman = start(Podman)
    (podman.folder / "hi.txt").write_text("hi\n")
    (podman.folder / "Dockerfile").write_text('FROM scratch\nCOPY hi.txt /hi.txt\nCMD ["/hi.txt"]\n')
    name = f"{podman.host}/team/built:v1"
    podman("build", "-q", "-t", name, ".")
    podman("push", "--digestfile", tmp_path / "digest", name)
    assert (tmp_path / "digest").read_text() == start(Crane).pull("team/built:v1") == stored(ecr, "team/built")


def test_podman_pushes_an_index_and_regctl_pulls_it(ecr, layout, start):
    ecr.create_repository(repositoryName="team/multi")
    layout.tag(layout.image(b"hello"), "t1")
    podman = start(Podman)
    podman.push(layout, "t1", "team/multi:amd64")
    podman("manifest", "create", "list")
    podman("manifest", "add", "list", f"docker://{podman.host}/team/multi:amd64")
    podman("manifest", "push", "--all", "list", f"docker://{podman.host}/team/multi:all")
    regctl = start(Regctl)
    assert regctl.pull("team/multi:all") == stored(ecr, "team/multi", "all")
    manifest = json.loads(regctl("manifest", "get", "--format", "raw-body", f"{regctl.host}/team/multi:all"))
    assert [child["digest"] for child in manifest["manifests"]] == [stored(ecr, "team/multi", "amd64")]


def test_crane_copies_an_index_and_skopeo_pulls_all_of_it(ecr, layout, start):
    for name in ("team/one", "team/two"):
        ecr.create_repository(repositoryName=name)
    made = layout.tag(layout.index(layout.image(b"one"), layout.image(b"two", "arm64")), "all")
    oras, crane, skopeo = start(Oras), start(Crane), start(Skopeo)
    oras.push(layout, "all", "team/one:v1")
    crane("copy", f"{crane.host}/team/one:v1", f"{crane.host}/team/two:v1")
    skopeo("copy", "--all", "--src-tls-verify=false", f"docker://{skopeo.host}/team/two:v1", "oci:back:t")
    assert pulled(skopeo.back()) == made == stored(ecr, "team/two")
    assert digests(skopeo.back()) == digests(layout.folder)


def test_umoci_makes_skopeo_carries_and_oras_pulls(ecr, url, tmp_path, start):
    ecr.create_repository(repositoryName="team/um")
    umoci = Client(tmp_path / "umoci", url, "umoci")
    umoci("init", "--layout", "um")
    umoci("new", "--image", "um:t1")
    (umoci.folder / "hi.txt").write_text("hi\n")
    umoci("insert", "--rootless", "--image", "um:t1", "hi.txt", "/hi.txt")
    umoci("config", "--image", "um:t1", "--config.cmd", "/hi.txt")
    skopeo = start(Skopeo)
    made = pulled(umoci.folder / "um")
    skopeo("copy", "--dest-tls-verify=false", f"oci:{umoci.folder}/um:t1", f"docker://{skopeo.host}/team/um:v1")
    assert start(Oras).pull("team/um:v1") == made == stored(ecr, "team/um")


def test_dockers_manifest_list_is_pulled_by_skopeo(ecr, layout, start):
    """Without an engine docker makes lists of images that others pushed; Debian's is too old for OCI's formats.

    It writes a manifest anew when it pushes one to a second repository, indented as docker's engine does.
    """
    for name in ("team/dm", "team/parts"):
        ecr.create_repository(repositoryName=name)
    ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    docker, skopeo = start(Docker), start(Skopeo)
    parts = {}
    for architecture in ("amd64", "arm64"):
        layout.tag(layout.image(b"hello", architecture), architecture)
        made = f"{docker.host}/team/parts:{architecture}"
        to = f"docker://{made}"
        skopeo("copy", "--format", "v2s2", "--dest-tls-verify=false", f"oci:{layout.folder}:{architecture}", to)
        manifest = json.loads(skopeo("inspect", "--raw", "--tls-verify=false", to))
        as_docker = {"repositoryName": "team/parts", "imageManifest": json.dumps(manifest, indent=3)}
        image = ecr.put_image(**as_docker, imageTag=architecture)["image"]
        parts[made] = image["imageId"]["imageDigest"]
    for name, digest in parts.items():
        seen = json.loads(docker("manifest", "inspect", "--insecure", "--verbose", name))
        assert seen["Descriptor"]["digest"] == digest
    name = f"{docker.host}/team/dm:all"
    docker("manifest", "create", "--insecure", name, *parts)
    pushed = docker("manifest", "push", "--insecure", "--purge", name).split()[-1]
    raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{name}")
    assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == pushed == stored(ecr, "team/dm", "all")
    assert [child["digest"] for child in json.loads(raw)["manifests"]] == list(parts.values())


def test_regctl_uploads_in_chunks(ecr, layout, start):
    ecr.create_repository(repositoryName="team/big")
    made = layout.tag(layout.image(bytes(range(256)) * 40_000 + hashlib.sha512(b"x").digest()), "t1")
    regctl = start(Regctl)
    regctl("registry", "set", "--skip-check", "--blob-max", "4096", "--blob-chunk", "4096", regctl.host)
    regctl.push(layout, "t1", "team/big:v1")
    assert start(Crane).pull("team/big:v1") == made


def test_three_views_of_tags_and_two_of_the_catalog(ecr, layout, start):
    for name in ("team/b", "team/a"):
        ecr.create_repository(repositoryName=name)
    made = layout.tag(layout.image(b"hello"), "t1")
    crane, regctl, oras, podman = start(Crane), start(Regctl), start(Oras), start(Podman)
    crane.push(layout, "t1", "team/a:v2")
    crane("tag", f"{crane.host}/team/a:v2", "v1")
    name = f"{crane.host}/team/a"
    assert crane("ls", name).split() == ["v1", "v2"]
    assert regctl("tag", "ls", name).split() == ["v1", "v2"]
    assert oras("repo", "tags", name).split() == ["v1", "v2"]
    assert [line.split() for line in podman("search", "--list-tags", name).splitlines()][1:] == [
        [name, "v1"],
        [name, "v2"],
    ]
    assert crane("digest", f"{name}:v1").strip() == regctl("image", "digest", f"{name}:v2").strip() == made
    assert crane("catalog", crane.host).split() == ["team/a", "team/b"]
    assert oras("repo", "ls", oras.host).split() == ["team/a", "team/b"]
    assert podman("search", f"{podman.host}/team").split()[2:] == [name, f"{podman.host}/team/b"]
    regctl("tag", "delete", f"{name}:v1")
    assert crane("ls", name).split() == ["v2"]
    crane("delete", f"{name}@{made}")
    assert ecr.list_images(repositoryName="team/a")["imageIds"] == []


def test_regctl_deletes_a_blob(ecr, start):
    ecr.create_repository(repositoryName="team/app")
    regctl, oras = start(Regctl), start(Oras)
    digest = regctl("blob", "put", f"{regctl.host}/team/app", stdin="hello").strip()
    assert oras("blob", "fetch", "--output", "-", f"{oras.host}/team/app@{digest}") == "hello"
    regctl("blob", "delete", f"{regctl.host}/team/app", digest)
    assert "not found" in oras.refused("blob", "fetch", "--output", "-", f"{oras.host}/team/app@{digest}")


def test_ctr_pulls_by_a_real_name(ecr, url, layout, start, tmp_path):
    """Mapped by containerd's hosts.toml; each request names the registry it means in `ns`."""
    ecr.create_repository(repositoryName="team/app")
    made = layout.tag(layout.image(b"hello"), "t1")
    start(Crane).push(layout, "t1", "team/app:v1")
    ctr = start(Ctr)
    (tmp_path / "hosts" / REAL).mkdir(parents=True)
    can = 'capabilities = ["pull", "resolve", "push"]'
    (tmp_path / "hosts" / REAL / "hosts.toml").write_text(f'server = "{url}"\n[host."{url}"]\n{can}\n')
    hosts = ("--hosts-dir", tmp_path / "hosts")
    ctr("images", "pull", *hosts, *ctr.credentials, "--snapshotter", "native", f"{REAL}/team/app:v1")
    assert [row.split()[2] for row in ctr("images", "ls").splitlines()[1:]] == [made]


def test_podman_pulls_by_a_real_name(ecr, server, layout, start):
    """Mapped by registries.conf."""
    ecr.create_repository(repositoryName="team/app")
    made = layout.tag(layout.image(b"hello"), "t1")
    start(Crane).push(layout, "t1", "team/app:v1")
    podman = start(Podman)
    with (podman.folder / "registries.conf").open("a") as more:
        more.write(f'[[registry]]\nprefix = "{REAL}"\nlocation = "{podman.host}"\ninsecure = true\n')
    podman("pull", "-q", "--creds", f"AWS:{server.password()}", f"{REAL}/team/app:v1")
    assert podman("image", "inspect", "--format", "{{.Digest}}", f"{REAL}/team/app:v1").strip() == made
