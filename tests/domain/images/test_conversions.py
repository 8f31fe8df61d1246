"""ecrmock.domain.images.conversions: which manifest a client gets that asks by tag for other media types."""

import json
import sys

import pytest
from constants import CONFIG, DOCKER_CONFIG, DOCKER_LAYER, LAYER, NOWHERE
from images import descriptor, encoded, image_of, index_of, schema1_of

from ecrmock.domain.images import conversions, manifests, schema1
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.manifests import DOCKER, DOCKER_LIST, OCI, SCHEMA1, SCHEMA1_SIGNED


def image(bench, kind=OCI, config=CONFIG, layer=LAYER, **more):
    for data in (b"{}", b"x"):
        bench.layer(data)
    body = image_of(descriptor(b"{}", config), descriptor(b"x", layer), kind=kind, **more)
    return bench.put(manifests.parse(encoded(body), None, closed=False)).image


def index(bench, *platforms):
    rows = []
    for number, (system, machine) in enumerate(platforms):
        child = image(bench, annotations={"n": str(number)})
        platform = {"os": system, "architecture": machine}
        rows.append({"mediaType": OCI, "digest": child.digest, "size": 1, "platform": platform})
    found = bench.put(manifests.parse(encoded(index_of(*rows)), None, closed=False)).image
    return found, [row["digest"] for row in rows]


@pytest.mark.parametrize("accepted", [[], [OCI], [DOCKER, OCI], ["*/*"], [DOCKER, "*/*"], ["text/plain"]])
def test_the_stored_bytes_where_they_are_accepted_or_nothing_is_asked(bench, accepted):
    found = image(bench)
    shown = conversions.shown(bench.repository, found, "v1", accepted)
    assert shown == (bench.images.manifest(found), OCI, found.digest)


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [((DOCKER, DOCKER_CONFIG, DOCKER_LAYER), (OCI, CONFIG, LAYER))],
)
@pytest.mark.parametrize("back", [False, True])
def test_schema_2_and_oci_are_translated_into_each_other(bench, sha, stored, wanted, back):
    stored, wanted = (wanted, stored) if back else (stored, wanted)
    found = image(bench, *stored, **({"annotations": {"a": "b"}} if back else {}))
    shown = conversions.shown(bench.repository, found, "v1", [wanted[0]])
    body = json.loads(shown.data)
    assert (shown.media_type, shown.digest) == (wanted[0], sha(shown.data))
    assert list(body) == ["schemaVersion", "mediaType", "config", "layers"]
    assert [body["config"]["mediaType"], body["layers"][0]["mediaType"]] == list(wanted[1:])
    before = json.loads(bench.images.manifest(found))
    assert body["layers"][0]["digest"] == before["layers"][0]["digest"]
    assert body["config"]["size"] == before["config"]["size"]


@pytest.mark.parametrize(
    "more",
    [
        {"layer": "application/vnd.oci.image.layer.v1.tar+zstd"},
        {"config": "application/vnd.cncf.helm.config.v1+json"},
        {"subject": {"mediaType": OCI, "digest": NOWHERE, "size": 1}},
    ],
)
def test_what_has_no_partner_comes_as_it_is(bench, more):
    found = image(bench, **more)
    assert conversions.shown(bench.repository, found, "v1", [DOCKER]).data == bench.images.manifest(found)


def test_an_index_gives_the_linux_amd64_child_to_who_knows_no_index(bench):
    found, children = index(bench, ("linux", "arm64"), ("linux", "amd64"), ("windows", "amd64"))
    assert conversions.shown(bench.repository, found, "v1", [OCI]).digest == children[1]
    translated = conversions.shown(bench.repository, found, "v1", [DOCKER])
    assert translated.media_type == DOCKER
    assert conversions.shown(bench.repository, found, "v1", [OCI, DOCKER_LIST]).digest == found.digest


def test_an_index_without_that_child_fits_nobody(bench):
    found, _ = index(bench, ("linux", "arm64"))
    assert conversions.shown(bench.repository, found, "v1", [OCI]) is None


@pytest.mark.parametrize("accepted", [[DOCKER], [OCI], [SCHEMA1], [SCHEMA1, DOCKER, OCI]])
def test_schema_1_is_never_translated(bench, accepted):
    body = schema1_of(bench.layer(b"x"))
    found = bench.put(manifests.parse(encoded(body), SCHEMA1_SIGNED, closed=False)).image
    shown = conversions.shown(bench.repository, found, "v1", accepted)
    assert shown == (bench.images.manifest(found), SCHEMA1_SIGNED, found.digest)


def with_history(bench, **more):
    config = json.dumps({"architecture": "arm64", "rootfs": {"diff_ids": ["sha256:1"]}, "history": [{}], **more})
    return bench.put(bench.manifest(b"layer", config=config.encode()), "v1").image


def test_to_schema_1_signed_for_who_understands_that_and_plain_for_who_does_not(bench, sha):
    found = with_history(bench)
    signed = bench.do(lambda repository: conversions.shown(repository, found, "v1", [SCHEMA1_SIGNED, SCHEMA1]))
    plain = bench.do(lambda repository: conversions.shown(repository, found, "v1", [SCHEMA1]))
    assert (signed.media_type, plain.media_type) == (SCHEMA1_SIGNED, SCHEMA1)
    assert signed.digest == plain.digest == sha(plain.data)
    body = json.loads(signed.data)
    assert body.pop("signatures")
    assert body == json.loads(plain.data)
    assert (body["name"], body["tag"], body["architecture"]) == ("team/app", "v1", "arm64")
    assert bench.repository.of(Layers).get("sha256:" + schema1.EMPTY_DIGEST) is None  # every step left a layer


def test_the_layer_of_steps_without_one_is_there_to_be_pulled(bench):
    found = with_history(bench, history=[{"empty_layer": True}, {}])
    shown = bench.do(lambda repository: conversions.shown(repository, found, "v1", [SCHEMA1]))
    (newest, oldest) = [row["blobSum"] for row in json.loads(shown.data)["fsLayers"]]
    assert (newest, oldest) == (bench.layer(b"layer"), "sha256:" + schema1.EMPTY_DIGEST)
    layers = bench.repository.of(Layers)
    assert layers.content(layers.get(oldest)).read() == schema1.EMPTY_LAYER


def test_without_cryptography_the_unsigned_form_is_given(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    found = with_history(bench)
    shown = bench.do(lambda repository: conversions.shown(repository, found, "v1", [SCHEMA1_SIGNED]))
    assert shown.media_type == SCHEMA1


@pytest.mark.parametrize(
    "more",
    [
        {"history": []},
        {"history": [{}, {}]},
        {"history": ["x"]},
        {"history": None},
        {"rootfs": {"diff_ids": []}},
        {"rootfs": []},
        {"x": "x" * (4 << 20)},
    ],
)
def test_an_image_whose_history_does_not_fit_stays_as_it_is(bench, more):
    found = with_history(bench, **more)
    shown = bench.do(lambda repository: conversions.shown(repository, found, "v1", [SCHEMA1]))
    assert (shown.media_type, shown.digest) == (OCI, found.digest)


@pytest.mark.parametrize("accepted", [[OCI], [SCHEMA1]])
def test_an_index_in_an_index_as_deep_as_anybody_likes(bench, accepted):
    inner = with_history(bench)
    for _ in range(1500):
        row = {"digest": inner.digest, "size": 1, "platform": {"os": "linux", "architecture": "amd64"}}
        body = index_of({"mediaType": OCI, **row})
        inner = bench.put(manifests.parse(encoded(body), None, closed=False)).image
    shown = bench.do(lambda repository: conversions.shown(repository, inner, "v1", accepted))
    assert shown.media_type == accepted[0]
