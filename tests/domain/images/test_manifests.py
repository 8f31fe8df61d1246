"""ecrmock.domain.images.manifests: bytes and a media type become a Manifest, or ECR's refusal."""

import json

import pytest
from images import digest_of, image_of, index_of, schema1_of

from ecrmock.domain.images import manifests
from ecrmock.domain.images.manifests import DOCKER, DOCKER_LIST, OCI, OCI_INDEX, SCHEMA1, SCHEMA1_SIGNED, parse
from ecrmock.errors.ecr import InvalidParameterException

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")
SHA512 = "sha512:" + "d" * 128
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": A, "size": 7}
LAYER = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": B, "size": 10}
IMAGE = image_of(CONFIG, LAYER)
CHILD = {"mediaType": OCI, "digest": A, "size": 5, "platform": {"os": "linux", "architecture": "amd64"}}
INDEX = index_of(CHILD)
OLD = schema1_of(A, B, A, name="a", tag="b", architecture="amd64")
INVALID = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
NO_LAYERS = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Image has to have at least 1 layer'"
BOTH = pytest.mark.parametrize("closed", [True, False])


def read(body, media_type=None, *, closed=False):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(data, media_type, closed=closed)


def refusal(body, media_type=None, *, closed=False):
    with pytest.raises(InvalidParameterException) as refused:
        read(body, media_type, closed=closed)
    return refused.value.message


def without(body, member):
    return {name: value for name, value in body.items() if name != member}


# -- what is read


@BOTH
@pytest.mark.parametrize("kind", [OCI, DOCKER])
def test_an_image_has_its_config_before_its_layers(kind, closed):
    manifest = read(IMAGE | {"mediaType": kind, "layers": [LAYER, LAYER | {"digest": C}]}, closed=closed)
    assert manifest.media_type == kind
    assert [blob.digest for blob in manifest.blobs] == [A, B, C]
    assert (manifest.layers, manifest.children, manifest.is_index) == (2, (), False)
    assert manifest.artifact_type == CONFIG["mediaType"]


@BOTH
@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_LIST])
def test_an_index_has_children_and_no_blobs(kind, closed):
    rows = [CHILD, CHILD | {"digest": B}, CHILD]
    manifest = read(INDEX | {"mediaType": kind, "manifests": rows}, closed=closed)
    assert (manifest.media_type, manifest.is_index) == (kind, True)
    assert manifest.children == (A, B)
    assert (manifest.blobs, manifest.layers, manifest.artifact_type) == ((), 0, None)


# put in before the last line: {"formatLength": 2, "formatTail": "Cn0"}
SIGNATURE = {"protected": "eyJmb3JtYXRMZW5ndGgiOiAyLCAiZm9ybWF0VGFpbCI6ICJDbjAifQ"}


@BOTH
@pytest.mark.parametrize(
    ("members", "kind"),
    [({}, SCHEMA1), ({"signatures": []}, SCHEMA1_SIGNED), ({"signatures": [SIGNATURE]}, SCHEMA1_SIGNED)],
)
def test_schema_1_is_told_by_its_version_and_signatures(members, kind, closed):
    manifest = read(OLD | members, closed=closed)
    assert manifest.media_type == kind
    assert [blob.digest for blob in manifest.blobs] == [A, B]
    assert manifest.layers == 2


def test_the_digest_is_that_of_the_very_bytes():
    for data in (json.dumps(IMAGE, indent=3).encode(), json.dumps(IMAGE).encode() + b"\n"):
        manifest = read(data)
        assert manifest.data == data
        assert manifest.digest == digest_of(data)


@pytest.mark.parametrize("announced", [None, "", "application/json", "application/octet-stream", "text/plain", " "])
def test_a_client_without_an_idea_leaves_the_type_to_the_body(announced):
    assert read(IMAGE, announced).media_type == OCI


@pytest.mark.parametrize("announced", [OCI, f"{OCI}; charset=utf-8", f" {OCI} ;x=y", f"{OCI};"])
def test_the_announced_type_counts_without_its_parameters(announced):
    assert read(without(IMAGE, "mediaType"), announced).media_type == OCI
    assert read(IMAGE, announced).media_type == OCI


def test_parameters_on_a_vague_type_are_as_vague():
    assert read(IMAGE, "application/json; charset=utf-8").media_type == OCI


@BOTH
def test_an_image_may_point_at_a_subject_and_say_what_it_is(closed):
    subject = {"mediaType": OCI, "digest": C, "size": 3}
    manifest = read(IMAGE | {"subject": subject, "artifactType": "text/sbom", "annotations": {"a": "b"}}, closed=closed)
    assert (manifest.subject, manifest.artifact_type) == (C, "text/sbom")


@BOTH
def test_an_index_may_have_a_subject_and_an_artifact_type(closed):
    manifest = read(INDEX | {"subject": CHILD_AS_SUBJECT, "artifactType": "x/y"}, closed=closed)
    assert (manifest.subject, manifest.artifact_type) == (C, "x/y")


CHILD_AS_SUBJECT = {"mediaType": OCI, "digest": C, "size": 3}


@BOTH
def test_an_index_without_entries_is_accepted(closed):
    assert read(INDEX | {"manifests": []}, closed=closed).children == ()


@pytest.mark.parametrize(
    ("layer", "foreign"),
    [
        (LAYER, False),
        (LAYER | {"urls": []}, False),
        (LAYER | {"urls": ["https://example.com/x"]}, True),
        (LAYER | {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}, True),
        (LAYER | {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"}, True),
    ],
)
def test_layers_from_elsewhere_are_known_as_foreign(layer, foreign):
    assert read(IMAGE | {"layers": [layer]}).blobs[1].foreign is foreign


def test_a_config_is_never_foreign():
    assert not read(IMAGE | {"config": CONFIG | {"urls": ["https://example.com/x"]}}).blobs[0].foreign


def test_sha512_is_a_digest_too():
    assert read(IMAGE | {"layers": [LAYER | {"digest": SHA512}]}).blobs[1].digest == SHA512


def test_an_empty_artifact_type_is_none():
    assert read(IMAGE | {"artifactType": ""}).artifact_type == CONFIG["mediaType"]


# -- open and closed


def test_an_image_without_layers_is_refused_only_by_the_closed_reader():
    assert read(IMAGE | {"layers": []}).layers == 0
    assert refusal(IMAGE | {"layers": []}, closed=True) == NO_LAYERS
    empty = OLD | {"fsLayers": [], "history": []}
    assert read(empty).layers == 0
    assert refusal(empty, closed=True) == NO_LAYERS


@pytest.mark.parametrize(
    "body",
    [
        IMAGE | {"extra": 1},
        IMAGE | {"config": CONFIG | {"annotations": {}}},
        IMAGE | {"layers": [LAYER | {"platform": {}}]},
        IMAGE | {"layers": [LAYER | {"extra": 1}]},
        IMAGE | {"subject": CHILD_AS_SUBJECT | {"extra": 1}},
        INDEX | {"manifests": [CHILD | {"extra": 1}]},
        INDEX | {"signatures": []},
    ],
)
def test_members_that_ecr_does_not_know_are_refused_only_by_the_closed_reader(body):
    read(body)
    assert refusal(body, closed=True) == INVALID


@pytest.mark.parametrize(
    "body",
    [
        IMAGE | {"layers": [LAYER | {"annotations": {"a": "b"}, "data": "e30=", "urls": [], "artifactType": "x"}]},
        IMAGE | {"config": CONFIG | {"data": "e30="}},
        INDEX | {"manifests": [CHILD | {"annotations": {"a": "b"}, "data": "e30=", "artifactType": "x"}]},
        IMAGE | {"annotations": {"a": "b"}},
    ],
)
def test_members_that_build_tools_write_pass_the_closed_reader(body):
    assert read(body, closed=True) == read(body)


# -- what is refused, by both


@BOTH
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"5",
        b"{}",
        b"\xff\xfe\x00",
        b'{"schemaVersion": 2, "mediaType": "\xff"}',
        json.dumps(IMAGE).encode() + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schemaVersion": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_json_object_is_refused(data, closed):
    assert refusal(data, closed=closed) == INVALID
    assert refusal(data, OCI, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_is_utf_8(encoding, closed):
    """Anything else could not be shown by BatchGetImage, where a manifest is text."""
    assert refusal(json.dumps(IMAGE).encode(encoding), OCI, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("place", ["size", "platform"])
def test_numbers_that_json_does_not_have_are_refused(constant, place, closed):
    text = json.dumps(INDEX | {"manifests": [CHILD | {place: "HERE"}]}).replace('"HERE"', constant)
    assert refusal(text.encode(), closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        IMAGE | {"artifactType": "\ud800"},
        IMAGE | {"config": CONFIG | {"mediaType": "x/\udfff"}},
        IMAGE | {"layers": [LAYER | {"mediaType": "x/\ud800"}]},
    ],
)
def test_texts_that_no_answer_could_show_are_refused(body, closed):
    assert refusal(body, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("body", [IMAGE, INDEX])
@pytest.mark.parametrize("version", [None, 1, 3, "2", True, False, [2], {}])
def test_the_version_must_be_2(body, version, closed):
    kind = body["mediaType"]
    assert refusal(body | {"schemaVersion": version}, closed=closed) == INVALID
    assert refusal(without(body, "schemaVersion"), kind, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("version", [None, 2, "1", True])
def test_the_version_of_schema_1_must_be_1(version, closed):
    assert refusal(OLD | {"schemaVersion": version}, SCHEMA1, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("body", [IMAGE, INDEX])
def test_without_any_media_type_it_is_refused(body, closed):
    assert refusal(without(body, "mediaType"), closed=closed) == INVALID
    assert refusal(without(body, "mediaType"), "application/json", closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(
    "kind",
    [
        "",
        "application/vnd.oci.artifact.manifest.v1+json",
        "application/vnd.oci.image.config.v1+json",
        OCI.upper(),
        5,
        True,
        ["x"],
        [],
        {},
    ],
)
def test_media_types_that_ecr_does_not_know_are_refused(kind, closed):
    assert refusal(IMAGE | {"mediaType": kind}, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("kind", ["image/png", "application/vnd.oci.artifact.manifest.v1+json", "*/*"])
def test_announced_types_that_ecr_does_not_know_are_refused(kind, closed):
    assert refusal(IMAGE, kind, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(
    ("body", "announced"),
    [
        (IMAGE, DOCKER),
        (IMAGE, OCI_INDEX),
        (INDEX, OCI),
        (INDEX, DOCKER_LIST),
        (IMAGE, SCHEMA1),
        (OLD, OCI),
        (OLD | {"mediaType": SCHEMA1}, SCHEMA1_SIGNED),
    ],
)
def test_a_contradiction_between_announcement_and_body_is_refused(body, announced, closed):
    assert refusal(body, announced, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        IMAGE | {"manifests": []},
        IMAGE | {"manifests": None},
        INDEX | {"layers": []},
        INDEX | {"config": CONFIG},
        INDEX | {"layers": [LAYER], "config": CONFIG},
    ],
)
def test_one_document_must_not_read_as_two_kinds(body, closed):
    assert refusal(body, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(("body", "member"), [(IMAGE, "config"), (IMAGE, "layers"), (INDEX, "manifests")])
@pytest.mark.parametrize("value", [None, "x", 5, True, [None], ["x"], [[]], [{}]])
def test_members_of_the_wrong_kind_are_refused(body, member, value, closed):
    assert refusal(body | {member: value}, closed=closed) == INVALID
    assert refusal(without(body, member), closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(
    "broken",
    [
        {"digest": None},
        {"digest": "sha256:00"},
        {"digest": A.upper()},
        {"digest": 5},
        {"digest": [A]},
        {"size": None},
        {"size": "7"},
        {"size": -1},
        {"size": 7.5},
        {"size": True},
        {"mediaType": None},
        {"mediaType": 5},
        {"mediaType": []},
    ],
)
def test_descriptors_that_describe_nothing_are_refused(broken, closed):
    for body in (
        IMAGE | {"config": CONFIG | broken},
        IMAGE | {"layers": [LAYER, LAYER | broken]},
        IMAGE | {"subject": CHILD_AS_SUBJECT | broken},
        INDEX | {"manifests": [CHILD | broken]},
    ):
        assert refusal(body, closed=closed) == INVALID
    for body in (IMAGE | {"config": without(CONFIG, next(iter(broken)))},):
        assert refusal(body, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("subject", ["x", 5, [], True, {}])
def test_subjects_that_are_no_descriptor_are_refused(subject, closed):
    assert refusal(IMAGE | {"subject": subject}, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("annotations", ["x", [], 5, {"a": 1}, {"a": None}, {"a": {}}])
def test_annotations_are_texts(annotations, closed):
    assert refusal(IMAGE | {"annotations": annotations}, closed=closed) == INVALID
    assert refusal(INDEX | {"annotations": annotations}, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize("kind", [5, [], {}, True])
def test_an_artifact_type_is_text(kind, closed):
    assert refusal(IMAGE | {"artifactType": kind}, closed=closed) == INVALID


@BOTH
@pytest.mark.parametrize(
    "broken",
    [
        {"fsLayers": None},
        {"history": None},
        {"fsLayers": {}},
        {"history": [{}]},
        {"fsLayers": [{}, {}, {}]},
        {"fsLayers": [{"blobSum": 5}] * 3},
        {"fsLayers": [{"blobSum": "sha256:0"}] * 3},
        {"fsLayers": [A, B, A]},
    ],
)
def test_schema_1_with_broken_layers_is_refused(broken, closed):
    assert refusal(OLD | broken, closed=closed) == INVALID
    assert refusal(without(OLD, next(iter(broken))), closed=closed) == INVALID


def test_every_known_type_is_an_image_or_an_index():
    assert manifests.IMAGES.isdisjoint(manifests.INDEXES)
    assert {SCHEMA1, SCHEMA1_SIGNED, DOCKER, OCI, DOCKER_LIST, OCI_INDEX} == manifests.KNOWN
