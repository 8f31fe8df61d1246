"""ecrmock.services.ecr.referrers: ListImageReferrers (facts/api 9.6)."""

import pytest
from constants import ACCOUNT, CONFIG, NOWHERE, OCI, OCI_INDEX

SBOM, SIGNATURE = "application/spdx+json", "application/x.signature"


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def invalid(path, constraint):
    return "InvalidParameterException", f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"


def subject_of(pushed):
    return {"mediaType": OCI, "digest": pushed.digest, "size": len(pushed.manifest)}


def attach(kit, subject, content, **members):
    return kit.push(None, content, subject=subject_of(subject), **members)


def listed(kit, digest, name="team/app", **more):
    answer = kit.client.list_image_referrers(repositoryName=name, subjectId={"imageDigest": digest}, **more)
    assert set(answer) <= {"referrers", "nextToken", "ResponseMetadata"}
    return answer["referrers"]


def digests(kit, digest, **more):
    return [row["digest"] for row in listed(kit, digest, **more)]


def test_a_referrer_with_every_member(kit):
    subject = kit.push("v1")
    found = attach(kit, subject, "sbom", artifactType=SBOM, annotations={"made": "today", "of": "naïve 日本"})
    assert listed(kit, subject.digest) == [
        {
            "digest": found.digest,
            "mediaType": OCI,
            "size": len(found.manifest.encode()),
            "artifactType": SBOM,
            "annotations": {"made": "today", "of": "naïve 日本"},
            "artifactStatus": "ACTIVE",
        }
    ]
    (image,) = kit.describe(imageIds=[{"imageDigest": found.digest}])
    assert image["subjectManifestDigest"] == subject.digest
    assert image["artifactMediaType"] == SBOM


def test_without_an_artifact_type_the_configs_counts_and_annotations_are_left_out(kit):
    subject = kit.push("v1")
    attach(kit, subject, "plain")
    (row,) = listed(kit, subject.digest)
    assert row["artifactType"] == CONFIG
    assert "annotations" not in row


def test_an_index_may_refer_too_and_has_a_type_only_if_it_says_one(kit):
    subject, child = kit.push("v1"), kit.push(None, "child")
    plain = kit.index(child, subject=subject_of(subject))
    typed = kit.index(child, subject=subject_of(subject), artifactType=SBOM)
    for index in (plain, typed):
        kit.put(index)
    rows = {row["digest"]: row for row in listed(kit, subject.digest)}
    assert set(rows) == {kit.sha256(plain), kit.sha256(typed)}
    assert {row["mediaType"] for row in rows.values()} == {OCI_INDEX}
    assert "artifactType" not in rows[kit.sha256(plain)]
    assert rows[kit.sha256(typed)]["artifactType"] == SBOM


def test_nothing_refers_to_what_is_not_there_or_alone(kit):
    alone = kit.push("v1")
    assert listed(kit, NOWHERE) == []
    assert listed(kit, alone.digest) == []


def test_a_referrer_may_come_before_its_subject_and_outlives_it(kit):
    manifest = kit.manifest(b'{"of": "later"}', b"layer of later")
    found = kit.push(None, "early", subject={"mediaType": OCI, "digest": kit.sha256(manifest), "size": 1})
    assert digests(kit, kit.sha256(manifest)) == [found.digest]
    subject = kit.push("v1", "later")
    assert subject.digest == kit.sha256(manifest)
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])
    assert digests(kit, subject.digest) == [found.digest]
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": found.digest}])
    assert listed(kit, subject.digest) == []


def test_referrers_are_those_of_one_repository(kit):
    kit.repository("other")
    subject = kit.push("v1")
    attach(kit, subject, "one")
    assert listed(kit, subject.digest, "other") == []


def test_the_fallback_tag_is_an_ordinary_tag(kit):
    subject, other = kit.push("v1"), kit.push(None, "other")
    kit.put(kit.index(other), subject.digest.replace(":", "-"))
    assert listed(kit, subject.digest) == []


def test_a_chain_of_referrers_is_listed_one_step_at_a_time(kit):
    subject = kit.push("v1")
    sbom = attach(kit, subject, "sbom", artifactType=SBOM)
    signature = attach(kit, sbom, "signature", artifactType=SIGNATURE)
    assert digests(kit, subject.digest) == [sbom.digest]
    assert digests(kit, sbom.digest) == [signature.digest]


def test_types_are_filtered(kit):
    subject = kit.push("v1")
    sbom = attach(kit, subject, "sbom", artifactType=SBOM)
    signature = attach(kit, subject, "signature", artifactType=SIGNATURE)
    plain = attach(kit, subject, "plain")

    def of(*types):
        return set(digests(kit, subject.digest, filter={"artifactTypes": list(types)}))

    assert of(SBOM) == {sbom.digest}
    assert of(SBOM, SIGNATURE) == {sbom.digest, signature.digest}
    assert of(CONFIG) == {plain.digest}
    assert of("application/x.other") == set()
    assert of() == {sbom.digest, signature.digest, plain.digest}


def test_status_is_filtered_and_only_active_ones_are_listed_by_default(kit):
    subject = kit.push("v1")
    active, archived = attach(kit, subject, "active"), attach(kit, subject, "archived")
    # a referrer may be archived where its subject is not
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])
    kit.client.update_image_storage_class(
        repositoryName="team/app", imageId={"imageDigest": archived.digest}, targetStorageClass="ARCHIVE"
    )
    assert digests(kit, subject.digest) == [active.digest]
    for status, wanted in {
        "ACTIVE": {active.digest},
        "ARCHIVED": {archived.digest},
        "ACTIVATING": set(),
        "ANY": {active.digest, archived.digest},
    }.items():
        assert set(digests(kit, subject.digest, filter={"artifactStatus": status})) == wanted
    (row,) = listed(kit, subject.digest, filter={"artifactStatus": "ARCHIVED"})
    assert row["artifactStatus"] == "ARCHIVED"


@pytest.mark.parametrize("options", [{"lenient": True}])
def test_pages_hold_everything_once(kit):
    subject = kit.push("v1")
    made = set()
    for number in range(52):
        manifest = kit.manifest(b"config", f"{number}".encode(), subject=subject_of(subject))
        made.add(kit.put(manifest)["imageId"]["imageDigest"])
    first = kit.client.list_image_referrers(repositoryName="team/app", subjectId={"imageDigest": subject.digest})
    assert len(first["referrers"]) == 50  # the page where nothing is said
    for size in (1, 7, 50):
        found, more = [], {}
        while True:
            answer = kit.client.list_image_referrers(
                repositoryName="team/app", subjectId={"imageDigest": subject.digest}, maxResults=size, **more
            )
            found += [row["digest"] for row in answer["referrers"]]
            if "nextToken" not in answer:
                break
            assert len(answer["referrers"]) == size
            more = {"nextToken": answer["nextToken"]}
        assert (len(found), set(found)) == (52, made)


def test_a_token_belongs_to_its_repository_and_subject(kit):
    kit.repository("other")
    subject, second = kit.push("v1"), kit.push("v2", "two")
    for content in ("one", "other", "third"):
        attach(kit, subject, content)
    token = kit.client.list_image_referrers(
        repositoryName="team/app", subjectId={"imageDigest": subject.digest}, maxResults=1
    )["nextToken"]
    for name, digest in (("other", subject.digest), ("team/app", second.digest)):
        refused = kit.refused(
            "list_image_referrers", repositoryName=name, subjectId={"imageDigest": digest}, nextToken=token
        )
        assert refused == invalid("NextToken", "Invalid next token provided")


@pytest.mark.parametrize(
    ("more", "path", "constraint"),
    [
        ({"maxResults": 0}, "maxResults", "Member must have value greater than or equal to 1"),
        ({"maxResults": 51}, "maxResults", "Member must have value less than or equal to 50"),
        (
            {"filter": {"artifactTypes": ["a"] * 6}},
            "filter.artifactTypes",
            "Member must have length less than or equal to 5",
        ),
        (
            {"filter": {"artifactTypes": ["a", ""]}},
            "filter.artifactTypes.2.member",
            "Member must have length greater than or equal to 1",
        ),
        (
            {"filter": {"artifactStatus": "SOME"}},
            "filter.artifactStatus",
            "Member must satisfy enum value set: [ACTIVE, ARCHIVED, ACTIVATING, ANY]",
        ),
        ({"subjectId": {}}, "subjectId.imageDigest", "Member must not be null"),
    ],
)
def test_members_are_judged_by_the_model(kit, more, path, constraint):
    request = {"repositoryName": "team/app", "subjectId": {"imageDigest": NOWHERE}} | more
    assert kit.refused("list_image_referrers", **request) == invalid(path, constraint)


def test_a_missing_repository_is_not_found(kit):
    assert kit.refused("list_image_referrers", repositoryName="gone", subjectId={"imageDigest": NOWHERE}) == (
        "RepositoryNotFoundException",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    )
