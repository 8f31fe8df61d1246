"""ecrmock.sources.layout, and folders as upstreams through boto3."""

import json
import os
import re

import boto3
import pytest
from constants import NOWHERE, OCI
from layouts import Layout
from paths import DOCS

from ecrmock import mock_ecr
from ecrmock.domain.pull_through.upstreams import MissingError, UpstreamError
from ecrmock.sources.layout import LayoutSource


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "layout")


@pytest.fixture
def source(layout):
    return LayoutSource(str(layout.folder), 4_000_000)


def digest(source, name, reference):
    return source.manifest(name, reference).digest


def test_images_by_tag_by_name_and_tag_and_with_a_host(layout, source):
    bare = layout.tag(layout.image(b"bare"), "v1")
    named = layout.tag(layout.image(b"named"), "team/app:v2")
    hosted = layout.tag(layout.image(b"hosted"), "docker.io/library/alpine:3")
    assert digest(source, "any/name", "v1") == bare
    assert digest(source, "team/app", "v2") == named
    assert digest(source, "library/alpine", "3") == hosted
    for name, tag in (("other/app", "v2"), ("app", "v2"), ("alpine", "3"), ("team/app", "v3")):
        with pytest.raises(MissingError):
            source.manifest(name, tag)


def test_the_names_that_containerd_writes(layout, source):
    entry = layout.image(b"c")
    annotations = {"io.containerd.image.name": "quay.io/team/app:v1", "org.opencontainers.image.ref.name": "v1"}
    body = {"schemaVersion": 2, "manifests": [{**entry, "annotations": annotations}]}
    (layout.folder / "index.json").write_text(json.dumps(body))
    assert digest(source, "team/app", "v1") == entry["digest"]
    with pytest.raises(MissingError):
        source.manifest("other/app", "v1")


def test_a_layout_for_each_repository(tmp_path):
    one, two = Layout(tmp_path / "team" / "one"), Layout(tmp_path / "two")
    digests = one.tag(one.image(b"one"), "v1"), two.tag(two.image(b"two"), "v1")
    source = LayoutSource(str(tmp_path), 4_000_000)
    source.check()
    assert (digest(source, "team/one", "v1"), digest(source, "two", "v1")) == digests
    with pytest.raises(MissingError):
        source.manifest("three", "v1")


def test_a_digest_is_found_with_its_media_type(layout, source):
    image = layout.image(b"one")
    index = layout.index(image)
    assert source.manifest("a/b", image["digest"]).media_type == OCI
    assert source.manifest("a/b", index["digest"]).media_type.endswith("index.v1+json")
    layer = json.loads(source.manifest("a/b", image["digest"]).data)["layers"][0]
    assert len(b"".join(source.blob("a/b", layer["digest"]))) == layer["size"]
    for ask in (source.manifest, source.blob):
        with pytest.raises(MissingError):
            ask("a/b", NOWHERE)


@pytest.mark.parametrize("text", ["nonsense", "[]", "{}", '{"manifests": 5}', '{"manifests": [5, {}]}'])
def test_an_index_that_is_none(layout, source, text):
    (layout.folder / "index.json").write_text(text)
    with pytest.raises(UpstreamError):
        source.manifest("a/b", "v1")


def test_a_name_or_digest_does_not_lead_out_of_the_folder(layout, source):
    layout.tag({"digest": "sha256:../../../../etc/passwd", "mediaType": OCI}, "v1")
    with pytest.raises(UpstreamError):
        source.manifest("a/b", "v1")
    with pytest.raises(UpstreamError):
        source.manifest("../..", "v1")


def test_a_folder_without_a_layout_is_told(tmp_path):
    with pytest.raises(UpstreamError, match="holds no OCI layout"):
        LayoutSource(str(tmp_path), 1).check()


def test_a_pull_from_a_folder(layout):
    index = layout.tag(layout.index(layout.image(b"one"), layout.image(b"two", "arm64")), "library/alpine:3")
    with mock_ecr(upstreams={"public.ecr.aws": str(layout.folder)}):
        ecr = boto3.client("ecr", region_name="us-east-1")
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="public", upstreamRegistryUrl="public.ecr.aws")
        assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="public")["isValid"]
        name = "public/library/alpine"
        answer = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "3"}])
        assert answer["images"][0]["imageId"]["imageDigest"] == index
        assert len(ecr.describe_images(repositoryName=name)["imageDetails"]) == 3


def test_a_layer_that_was_changed_on_disk_is_refused(layout):
    image = layout.image(b"one")
    layout.tag(image, "v1")
    body = json.loads((layout.folder / "blobs" / "sha256" / image["digest"][7:]).read_text())
    path = layout.folder / "blobs" / "sha256" / body["layers"][0]["digest"][7:]
    path.write_bytes(b"!" + path.read_bytes()[1:])
    with mock_ecr(upstreams={"quay": str(layout.folder)}) as mock:
        ecr = boto3.client("ecr", region_name="us-east-1")
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
        with pytest.raises(ecr.exceptions.ClientError, match="UnableToGetUpstreamImageException"):
            ecr.batch_get_image(repositoryName="quay/app", imageIds=[{"imageTag": "v1"}])
        assert mock.world.blobs.names() == set()


def test_the_python_of_the_page_runs():
    page = DOCS / "pull-through.md"
    (block,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    exec(compile(block, page.name, "exec"), {})


@pytest.mark.parametrize("what", ["fifo", "zero", "folder"])
@pytest.mark.parametrize("where", ["index", "manifest", "layer"])
def test_what_is_no_regular_file_is_told_and_not_waited_for(layout, source, what, where):
    image = layout.image(b"one")
    layout.tag(image, "v1")
    blobs = layout.folder / "blobs" / "sha256"
    layer = json.loads((blobs / image["digest"][7:]).read_text())["layers"][0]["digest"]
    places = {"index": layout.folder / "index.json", "manifest": blobs / image["digest"][7:]}
    path = places.get(where, blobs / layer[7:])
    path.unlink()
    {"fifo": os.mkfifo, "zero": lambda it: it.symlink_to("/dev/zero"), "folder": os.mkdir}[what](path)
    ask = (lambda: next(source.blob("a/b", layer))) if where == "layer" else lambda: source.manifest("a/b", "v1")
    with pytest.raises(UpstreamError, match=r"no regular file|Is a directory"):
        ask()


def test_a_file_that_is_larger_than_allowed_is_not_read_to_its_end(layout):
    layout.tag(layout.image(b"one"), "v1")
    with pytest.raises(UpstreamError, match="is too large"):
        LayoutSource(str(layout.folder), 10).manifest("a/b", "v1")


def test_a_name_that_no_folder_can_have(source):
    with pytest.raises(MissingError):
        source.manifest("a" * 256, "v1")
