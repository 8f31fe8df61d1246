"""ecrmock.distribution.referrers, and OCI-Subject on the way in (facts/registry 1.7, 1.9)."""

import json
import re

import pytest
from constants import CONFIG, NOWHERE, OCI, OCI_INDEX

SBOM, SIGNATURE = "application/spdx+json", "application/x.signature"


@pytest.fixture(autouse=True)
def _repository(docker):
    docker.repository()


def path(digest, name="team/app"):
    return f"/v2/{name}/referrers/{digest}"


def attach(docker, subject, content, kind=OCI, **members):
    """An artifact that refers to this digest; (answer of its PUT, digest, bytes)."""
    manifest, _ = docker.blobs(content)
    row = {"mediaType": kind, "digest": subject, "size": 1}
    data = json.dumps({**json.loads(manifest), "subject": row, **members}).encode()
    digest = docker.digest(data)
    answer = docker.put(data, digest)
    assert answer.status_code == 201
    return answer, digest, data


def listed(docker, digest, query="", name="team/app"):
    answer = docker("GET", path(digest, name) + query)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == OCI_INDEX
    assert answer.headers["Content-Length"] == str(len(answer.data))
    body = json.loads(answer.data)
    assert set(body) == {"schemaVersion", "mediaType", "manifests"}
    assert (body["schemaVersion"], body["mediaType"]) == (2, OCI_INDEX)
    return body["manifests"]


def test_a_referrer_with_every_member(docker):
    subject = docker.push("v1")
    _, digest, data = attach(docker, subject.digest, "sbom", artifactType=SBOM, annotations={"a": "naïve 日本"})
    assert listed(docker, subject.digest) == [
        {
            "mediaType": OCI,
            "digest": digest,
            "size": len(data),
            "artifactType": SBOM,
            "annotations": {"a": "naïve 日本"},
        }
    ]


@pytest.mark.parametrize("annotations", [{}, None])
def test_without_a_type_the_configs_counts_and_annotations_are_left_out(docker, annotations):
    subject = docker.push("v1")
    members = {} if annotations is None else {"annotations": annotations}
    attach(docker, subject.digest, "plain", **members)
    (row,) = listed(docker, subject.digest)
    assert row["artifactType"] == CONFIG
    assert not row.get("annotations")


def test_an_index_without_a_type_has_none(docker):
    subject, child = docker.push("v1"), docker.push(None, "child")
    row = {"subject": {"mediaType": OCI, "digest": subject.digest, "size": 1}}
    made = {}
    for members in ({}, {"artifactType": SBOM}):
        data = json.dumps({**json.loads(docker.index(child)), **row, **members}).encode()
        answer = docker.put(data, docker.digest(data), kind=OCI_INDEX)
        assert (answer.status_code, answer.headers["OCI-Subject"]) == (201, subject.digest)
        made[docker.digest(data)] = members.get("artifactType")
    assert {each["digest"]: each.get("artifactType") for each in listed(docker, subject.digest)} == made


def test_who_has_no_referrers_has_an_empty_index_there_or_not(docker):
    assert listed(docker, NOWHERE) == []
    assert listed(docker, docker.push("v1").digest) == []
    assert listed(docker, "sha512:" + "0" * 128) == []


@pytest.mark.parametrize("reference", ["v1", "digest"])
def test_a_put_with_a_subject_tells_so_there_or_not_and_one_without_does_not(docker, reference):
    for subject in (docker.push("v0").digest, NOWHERE, "sha512:" + "0" * 128):
        manifest, _ = docker.blobs("referrer")
        row = {"mediaType": OCI, "digest": subject, "size": 1}
        data = json.dumps({**json.loads(manifest), "subject": row}).encode()
        answer = docker.put(data, docker.digest(data) if reference == "digest" else reference)
        assert answer.status_code == 201
        assert answer.headers.getlist("OCI-Subject") == [subject]
    assert "OCI-Subject" not in docker.put(docker.push("v2", "other").manifest, "v3").headers


def test_a_subject_may_come_later_and_go_first(docker):
    manifest, _ = docker.blobs("subject")
    _, digest, _ = attach(docker, docker.digest(manifest), "early")
    assert [row["digest"] for row in listed(docker, docker.digest(manifest))] == [digest]
    docker.put(manifest, "v1")
    assert docker("DELETE", "/v2/team/app/manifests/v1").status_code == 202
    assert [row["digest"] for row in listed(docker, docker.digest(manifest))] == [digest]
    assert docker("DELETE", f"/v2/team/app/manifests/{digest}").status_code == 202
    assert listed(docker, docker.digest(manifest)) == []


def test_types_are_filtered_and_that_is_told(docker):
    subject = docker.push("v1").digest
    _, sbom, _ = attach(docker, subject, "sbom", artifactType=SBOM)
    attach(docker, subject, "signature", artifactType=SIGNATURE)
    answer = docker("GET", path(subject) + "?artifactType=application%2Fspdx%2Bjson")
    assert answer.headers["OCI-Filters-Applied"] == "artifactType"
    assert [row["digest"] for row in json.loads(answer.data)["manifests"]] == [sbom]
    nothing = docker("GET", path(subject) + "?artifactType=application/x.other")
    assert (nothing.headers["OCI-Filters-Applied"], json.loads(nothing.data)["manifests"]) == ("artifactType", [])
    assert "OCI-Filters-Applied" not in docker("GET", path(subject)).headers
    assert len(listed(docker, subject)) == 2


@pytest.mark.parametrize("options", [{"lenient": True}])
@pytest.mark.parametrize("query", ["", f"?artifactType={SBOM.replace('+', '%2B')}"])
def test_links_lead_to_the_end(docker, query):
    subject = docker.push("v1").digest
    manifest = json.loads(docker.blobs()[0])
    row = {"mediaType": OCI, "digest": subject, "size": 1}
    made = set()
    for number in range(120):
        body = {**manifest, "subject": row, "artifactType": SBOM, "annotations": {"n": str(number)}}
        data = json.dumps(body).encode()
        made.add(docker.digest(data))
        assert docker.put(data, docker.digest(data)).status_code == 201
    attach(docker, subject, "other", artifactType=SIGNATURE)
    found, where = [], path(subject) + query
    while where:
        answer = docker("GET", where)
        found += [each["digest"] for each in json.loads(answer.data)["manifests"]]
        assert ("OCI-Filters-Applied" in answer.headers) == bool(query)
        link = re.fullmatch(r'<(/v2/team/app/referrers/[^>]+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == ("Link" not in answer.headers)
        where = link and link[1]
    assert len(found) == len(set(found)) == 120 + (not query)
    assert made <= set(found)


def test_the_link_keeps_a_registry_selector(docker):
    selector = "/v2/123456789012.dkr.ecr.us-east-1/team/app"
    subject = docker.push("v1").digest
    for number in range(51):
        attach(docker, subject, "same", annotations={"n": str(number)})
    answer = docker("GET", f"{selector}/referrers/{subject}")
    assert answer.headers["Link"].startswith(f"<{selector}/referrers/{subject}?last=")
    rest = docker("GET", answer.headers["Link"][1:].partition(">")[0])
    assert len(json.loads(rest.data)["manifests"]) == 1


@pytest.mark.parametrize("digest", ["nonsense", "sha256:short", "sha256:" + "G" * 64, "md5:" + "0" * 32])
def test_a_malformed_digest_is_400(docker, digest):
    assert docker.refused("GET", path(digest))[:2] == (400, "DIGEST_INVALID")


def test_a_missing_repository_is_not_known(docker):
    assert docker.refused("GET", path(NOWHERE, "gone")) == (
        404,
        "NAME_UNKNOWN",
        "The repository with name 'gone' does not exist in the registry with id '123456789012'",
    )


def test_head_tells_the_length_without_a_body(docker):
    subject = docker.push("v1").digest
    attach(docker, subject, "sbom")
    head, got = docker("HEAD", path(subject)), docker("GET", path(subject))
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.data))
    assert head.headers["Content-Type"] == OCI_INDEX


def test_archived_referrers_are_not_listed(docker):
    subject = docker.push("v1").digest
    attach(docker, subject, "sbom")
    answer = docker.api(
        "UpdateImageStorageClass",
        repositoryName="team/app",
        imageId={"imageDigest": subject},
        targetStorageClass="ARCHIVE",
    )
    assert answer["imageStatus"] == "ARCHIVED"  # and the referrer with it
    assert listed(docker, subject) == []


def test_the_fallback_tag_is_an_ordinary_tag_and_not_merged(docker):
    subject, other = docker.push("v1"), docker.push(None, "other")
    tag = subject.digest.replace(":", "-")
    assert docker.put(docker.index(other), tag, kind=OCI_INDEX).status_code == 201
    assert listed(docker, subject.digest) == []
    assert docker.tags() == [tag, "v1"]


def test_both_doors_list_the_same(docker):
    subject = docker.push("v1").digest
    for content in ("one", "two", "three"):
        attach(docker, subject, content, artifactType=SBOM, annotations={"of": content})
    rows = docker.api("ListImageReferrers", repositoryName="team/app", subjectId={"imageDigest": subject})["referrers"]
    assert {row.pop("artifactStatus") for row in rows} == {"ACTIVE"}
    assert sorted(rows, key=_digest) == sorted(listed(docker, subject), key=_digest)


def _digest(row):
    return row["digest"]


def test_listing_is_recorded_as_its_action(docker):
    docker.push("v1")
    docker("GET", path(NOWHERE))
    assert docker.calls[-1] == ("ListImageReferrers", None)
