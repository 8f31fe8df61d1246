"""ecrmock.domain.conversions: which manifest a client gets that asks by tag for other media types."""

import json

import pytest

from ecrmock.domain import conversions, manifests
from ecrmock.domain.manifests import DOCKER, DOCKER_LIST, OCI, OCI_INDEX

DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def image(bench, kind=OCI, config=OCI_CONFIG, layer=OCI_LAYER, **more):
    rows = [
        {"mediaType": each, "size": len(data), "digest": bench.layer(data)}
        for each, data in ((config, b"{}"), (layer, b"x"))
    ]
    body = {"schemaVersion": 2, "mediaType": kind, "config": rows[0], "layers": rows[1:], **more}
    return bench.put(manifests.parse(json.dumps(body).encode(), None, closed=False)).image


def index(bench, *platforms):
    rows = []
    for number, (system, machine) in enumerate(platforms):
        child = image(bench, annotations={"n": str(number)})
        platform = {"os": system, "architecture": machine}
        rows.append({"mediaType": OCI, "digest": child.digest, "size": 1, "platform": platform})
    body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": rows}
    found = bench.put(manifests.parse(json.dumps(body).encode(), None, closed=False)).image
    return found, [row["digest"] for row in rows]


@pytest.mark.parametrize("accepted", [[], [OCI], [DOCKER, OCI], ["*/*"], [DOCKER, "*/*"], ["text/plain"]])
def test_the_stored_bytes_where_they_are_accepted_or_nothing_is_asked(bench, accepted):
    found = image(bench)
    shown = conversions.shown(bench.images, found, accepted)
    assert shown == (bench.images.manifest(found), OCI, found.digest)


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [((DOCKER, DOCKER_CONFIG, DOCKER_LAYER), (OCI, OCI_CONFIG, OCI_LAYER))],
)
@pytest.mark.parametrize("back", [False, True])
def test_schema_2_and_oci_are_translated_into_each_other(bench, sha, stored, wanted, back):
    stored, wanted = (wanted, stored) if back else (stored, wanted)
    found = image(bench, *stored, **({"annotations": {"a": "b"}} if back else {}))
    shown = conversions.shown(bench.images, found, [wanted[0]])
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
        {"subject": {"mediaType": OCI, "digest": "sha256:" + "0" * 64, "size": 1}},
    ],
)
def test_what_has_no_partner_comes_as_it_is(bench, more):
    found = image(bench, **more)
    assert conversions.shown(bench.images, found, [DOCKER]).data == bench.images.manifest(found)


def test_an_index_gives_the_linux_amd64_child_to_who_knows_no_index(bench):
    found, children = index(bench, ("linux", "arm64"), ("linux", "amd64"), ("windows", "amd64"))
    assert conversions.shown(bench.images, found, [OCI]).digest == children[1]
    translated = conversions.shown(bench.images, found, [DOCKER])
    assert translated.media_type == DOCKER
    assert conversions.shown(bench.images, found, [OCI, DOCKER_LIST]).digest == found.digest


def test_an_index_without_that_child_fits_nobody(bench):
    found, _ = index(bench, ("linux", "arm64"))
    assert conversions.shown(bench.images, found, [OCI]) is None
