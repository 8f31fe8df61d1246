"""Scanning through boto3: configuration, starting, states over world time, what is forgotten (facts/automation 2)."""

import json
import threading

import pytest
from constants import ACCOUNT, OCI_INDEX

from ecrmock.domain.scanning.events import ScanCompleted

APP = "team/app"
DONE = "The scan was completed successfully."
DAY = 24 * 3600


def rule(frequency, *filters):
    return {"scanFrequency": frequency, "repositoryFilters": [{"filter": f, "filterType": "WILDCARD"} for f in filters]}


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def configure(kit, engine="BASIC", *rules):
    asked = {"scanType": engine, "rules": list(rules)}
    answer = kit.client.put_registry_scanning_configuration(**asked)
    assert answer["registryScanningConfiguration"] == asked
    got = kit.client.get_registry_scanning_configuration()
    assert (got["registryId"], got["scanningConfiguration"]) == (ACCOUNT, asked)


def labelled(kit, tag=None, labels=None, content="one", name=APP, **config):
    """Push an image whose config has these labels; its digest."""
    data = json.dumps({"of": content, "config": {"Labels": labels or {}}, **config}).encode()
    layer = f"layer of {content}".encode()
    for blob in (data, layer):
        if kit.availability(kit.sha256(blob), name) != "AVAILABLE":
            kit.layer(blob, name)
    manifest = kit.manifest(data, layer)
    kit.put(manifest, tag, name)
    return kit.sha256(manifest)


LABELS = {"ecrmock.scan.findings": "HIGH=2,LOW=5"}


def start(kit, name=APP, **image):
    return kit.client.start_image_scan(repositoryName=name, imageId=image)


def look(kit, name=APP, more=None, **image):
    answer = kit.client.describe_image_scan_findings(repositoryName=name, imageId=image, **(more or {}))
    del answer["ResponseMetadata"]
    return answer


def state(kit, name=APP, **image):
    answer = look(kit, name, **image)
    return answer["imageScanStatus"]["status"], answer["imageScanStatus"].get("description")


def counts(kit, name=APP, **image):
    return look(kit, name, **image)["imageScanFindings"]["findingSeverityCounts"]


def is_missing(kit, digest=None, tag=None):
    image = {key: value for key, value in (("imageDigest", digest), ("imageTag", tag)) if value}
    named = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
    sentence = (
        f"Image scan does not exist for the image with '{named}'"
        f" in the repository with name '{APP}' in the registry with id '{ACCOUNT}'"
    )
    refused = kit.refused("describe_image_scan_findings", repositoryName=APP, imageId=image)
    return refused == ("ScanNotFoundException", sentence)


# -- configuration


def test_a_registry_that_set_nothing_is_basic_without_rules(kit):
    got = kit.client.get_registry_scanning_configuration()
    assert (got["registryId"], got["scanningConfiguration"]) == (ACCOUNT, {"scanType": "BASIC", "rules": []})


def test_a_configuration_replaces_the_last_one_whole(kit, other):
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "prod*"), rule("SCAN_ON_PUSH", "*"))
    configure(kit, "BASIC", rule("SCAN_ON_PUSH", "a", "b*"), rule("MANUAL"))
    kit.client.put_registry_scanning_configuration()
    assert kit.client.get_registry_scanning_configuration()["scanningConfiguration"]["rules"] == []
    configure(kit, "ENHANCED")
    away = other(ACCOUNT, "eu-west-1").client.get_registry_scanning_configuration()
    assert away["scanningConfiguration"]["scanType"] == "BASIC"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            {"scanType": "BASIC", "rules": [rule("CONTINUOUS_SCAN", "*")]},
            ("rules", "CONTINUOUS_SCAN is not supported for scan type BASIC"),
        ),
        (
            {"rules": [rule("SCAN_ON_PUSH", "*")] * 3},
            ("rules", "Member must have length less than or equal to 2"),
        ),
        (
            {"rules": [rule("SCAN_ON_PUSH", *["a"] * 101)]},
            ("rules.1.member.repositoryFilters", "Member must have length less than or equal to 100"),
        ),
        (
            {"rules": [rule("SCAN_ON_PUSH", "A")]},
            (
                "rules.1.member.repositoryFilters.1.member.filter",
                r"Member must satisfy regular expression pattern: ^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$",
            ),
        ),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(kit, request_, told):
    sentence = "Invalid parameter at '{}' failed to satisfy constraint: '{}'".format(*told)
    refused = kit.refused("put_registry_scanning_configuration", **request_)
    assert refused == ("InvalidParameterException", sentence)


@pytest.mark.parametrize("text", ["a" * 255, "*" * 255, "a" * 254 + "/", "a.b/c-d_e*", "a..b", "-a", "a" * 200 + "."])
def test_filters_fit_the_pattern_of_the_model_in_no_time(kit, text):
    good = text[-1] not in "/." and not text.startswith("-") and ".." not in text
    if good:
        configure(kit, "BASIC", rule("SCAN_ON_PUSH", text))
    else:
        request = {"rules": [rule("SCAN_ON_PUSH", text)]}
        assert kit.refused("put_registry_scanning_configuration", **request)[0] == "InvalidParameterException"


def test_how_often_repositories_are_scanned(kit):
    for name in ("prod/web", "flagged"):
        kit.repository(name, imageScanningConfiguration={"scanOnPush": name == "flagged"})
    configure(kit, "ENHANCED", rule("SCAN_ON_PUSH", "app", "team*"), rule("CONTINUOUS_SCAN", "prod/*"))

    def batch(*names):
        answer = kit.client.batch_get_repository_scanning_configuration(repositoryNames=list(names))
        for row in answer["scanningConfigurations"]:
            assert row["repositoryArn"] == f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{row['repositoryName']}"
        rows = [
            (
                row["repositoryName"],
                row["scanOnPush"],
                row["scanFrequency"],
                [f["filter"] for f in row["appliedScanFilters"]],
            )
            for row in answer["scanningConfigurations"]
        ]
        return rows, answer["failures"]

    gone = {"repositoryName": "gone", "failureCode": "REPOSITORY_NOT_FOUND", "failureReason": "REPOSITORY_NOT_FOUND"}
    assert batch("prod/web", "gone", APP, "flagged") == (
        [
            ("prod/web", False, "CONTINUOUS_SCAN", ["prod/*"]),
            (APP, False, "SCAN_ON_PUSH", ["team*"]),
            ("flagged", True, "MANUAL", []),
        ],
        [gone],
    )
    configure(kit, "BASIC", rule("SCAN_ON_PUSH", "prod"))
    assert batch("flagged", "prod/web", APP)[0] == [
        ("flagged", True, "SCAN_ON_PUSH", []),
        ("prod/web", False, "SCAN_ON_PUSH", ["prod"]),
        (APP, False, "MANUAL", []),
    ]


# -- basic


def test_a_scan_is_started_and_its_findings_are_there_at_the_next_look(kit):
    digest = labelled(kit, "v1", LABELS)
    assert is_missing(kit, tag="v1")
    assert is_missing(kit, digest)
    answer = start(kit, imageTag="v1")
    del answer["ResponseMetadata"]
    assert answer == {
        "registryId": ACCOUNT,
        "repositoryName": APP,
        "imageId": {"imageDigest": digest, "imageTag": "v1"},
        "imageScanStatus": {"status": "IN_PROGRESS"},
    }
    found = look(kit, imageDigest=digest)
    assert found["imageId"] == {"imageDigest": digest}
    assert found["imageScanStatus"] == {"status": "COMPLETE", "description": DONE}
    findings = found["imageScanFindings"]
    assert findings["imageScanCompletedAt"].timestamp() == kit.now()
    assert findings["findingSeverityCounts"] == {"HIGH": 2, "LOW": 5}
    assert [row["severity"] for row in findings["findings"]] == ["HIGH"] * 2 + ["LOW"] * 5
    assert len({row["name"] for row in findings["findings"]}) == 7
    assert "enhancedFindings" not in findings


def test_the_waiter_of_botocore_ends(kit):
    labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    kit.client.get_waiter("image_scan_complete").wait(repositoryName=APP, imageId={"imageTag": "v1"})
    assert kit.mock.calls[-1].action == "DescribeImageScanFindings"


def test_findings_come_in_pages_over_which_the_counts_are_the_same(kit):
    labelled(kit, "v1", {"ecrmock.scan.findings": "CRITICAL=3, MEDIUM=120,UNDEFINED=2"})
    other_digest = labelled(kit, "v2", LABELS, "two")
    for tag in ("v1", "v2"):
        start(kit, imageTag=tag)
    first = look(kit, imageTag="v1")
    assert len(first["imageScanFindings"]["findings"]) == 100
    assert first["imageScanFindings"]["findingSeverityCounts"] == {"CRITICAL": 3, "MEDIUM": 120, "UNDEFINED": 2}
    pages = kit.client.get_paginator("describe_image_scan_findings").paginate(
        repositoryName=APP, imageId={"imageTag": "v1"}, PaginationConfig={"PageSize": 50}
    )
    pages = list(pages)
    assert [len(page["imageScanFindings"]["findings"]) for page in pages] == [50, 50, 25]
    assert len({page["imageScanFindings"]["imageScanCompletedAt"] for page in pages}) == 1
    words = [row["severity"] for page in pages for row in page["imageScanFindings"]["findings"]]
    assert words == ["CRITICAL"] * 3 + ["MEDIUM"] * 120 + ["UNDEFINED"] * 2
    names = {row["name"] for page in pages for row in page["imageScanFindings"]["findings"]}
    assert len(names) == 125
    refused = kit.refused(
        "describe_image_scan_findings",
        repositoryName=APP,
        imageId={"imageDigest": other_digest},
        nextToken=first["nextToken"],
    )
    assert refused[0] == "InvalidParameterException"


def test_an_image_is_scanned_once_in_24_hours_from_its_last_scan(kit):
    labelled(kit, "v1", {"ecrmock.scan.status": "FAILED"})
    started = kit.now()
    start(kit, imageTag="v1")
    sentence = "The scan quota per image has been exceeded. Wait and try again."
    refused = ("LimitExceededException", sentence)
    assert state(kit, imageTag="v1")[0] == "FAILED"
    for hours in (0, 14, 23.99):
        kit.advance(started + hours * 3600 - kit.now())
        assert kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v1"}) == refused
    kit.advance(started + DAY - kit.now())
    start(kit, imageTag="v1")
    assert kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v1"}) == refused


def test_a_scan_on_push_counts_and_a_new_tag_or_the_same_push_starts_none(kit):
    configure(kit, "BASIC", rule("SCAN_ON_PUSH", "app"))
    done = []
    kit.mock.world.bus.subscribe(ScanCompleted, done.append)
    digest = labelled(kit, "v1", LABELS)
    assert counts(kit, imageTag="v1") == {"HIGH": 2, "LOW": 5}
    assert (
        kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v1"})[0] == "LimitExceededException"
    )
    kit.advance(2 * DAY)
    manifest = kit.client.batch_get_image(repositoryName=APP, imageIds=[{"imageTag": "v1"}])["images"][0]
    kit.put(manifest["imageManifest"], "v2")
    kit.refused("put_image", repositoryName=APP, imageManifest=manifest["imageManifest"], imageTag="v2")
    kit.describe()
    assert [(event.digest, event.status, event.tags, event.counts) for event in done] == [
        (digest, "COMPLETE", ("v1",), (("HIGH", 2), ("LOW", 5)))
    ]


def test_the_flag_of_a_repository_scans_on_push_under_basic_only(kit):
    kit.repository("flagged", imageScanningConfiguration={"scanOnPush": True})
    labelled(kit, "v1", LABELS, name="flagged")
    assert counts(kit, "flagged", imageTag="v1") == {"HIGH": 2, "LOW": 5}
    kit.client.put_image_scanning_configuration(
        repositoryName="flagged", imageScanningConfiguration={"scanOnPush": False}
    )
    labelled(kit, "v2", LABELS, "two", name="flagged")
    assert (
        kit.refused("describe_image_scan_findings", repositoryName="flagged", imageId={"imageTag": "v2"})[0]
        == "ScanNotFoundException"
    )
    kit.client.put_image_scanning_configuration(
        repositoryName="flagged", imageScanningConfiguration={"scanOnPush": True}
    )
    configure(kit, "ENHANCED")
    labelled(kit, "v3", LABELS, "three", name="flagged")
    kit.advance(120)
    assert (
        kit.refused("describe_image_scan_findings", repositoryName="flagged", imageId={"imageTag": "v3"})[0]
        == "ScanNotFoundException"
    )


@pytest.mark.parametrize("options", [{"quota_scans": 2}])
def test_a_registry_has_so_many_scans_in_24_hours(kit):
    configure(kit, "BASIC", rule("SCAN_ON_PUSH", "push"))
    kit.repository("push")
    for place in range(4):
        labelled(kit, f"v{place}", LABELS, f"{place}")
    started = kit.now()
    start(kit, imageTag="v0")
    kit.advance(3600)
    start(kit, imageTag="v1")
    sentence = "The operation did not succeed because it would have exceeded a service limit for your account."
    refused = ("LimitExceededException", sentence)
    assert kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v2"}) == refused
    labelled(kit, "v1", LABELS, "pushed", "push")
    assert state(kit, "push", imageTag="v1") == ("LIMIT_EXCEEDED", None)
    kit.advance(started + DAY - kit.now())
    start(kit, imageTag="v2")
    assert kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v3"}) == refused
    kit.advance(3600)
    start(kit, "push", imageTag="v1")  # what was over the limit was no scan
    assert kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v3"}) == refused
    kit.advance(DAY)
    start(kit, imageTag="v3")


@pytest.mark.parametrize("members", [{"artifactType": "text/sbom+json"}, {}])
def test_what_is_no_image_is_refused_by_its_media_type(kit, members):
    configure(kit, "BASIC", rule("SCAN_ON_PUSH", "*"))
    child = kit.push("v1", "child")
    if members:
        kit.push("x", "sbom", **members)
        kind = members["artifactType"]
    else:
        kit.put(kit.index(child), "x")
        kind = OCI_INDEX
    more = "For more information, see the Amazon ECR documentation."
    sentence = f"An artifact with media type '{kind}' cannot be scanned. {more}"
    refused = kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "x"})
    assert refused == ("UnsupportedImageTypeException", sentence)
    assert is_missing(kit, tag="x")


def test_what_is_not_there_is_said(kit):
    for operation in ("start_image_scan", "describe_image_scan_findings"):
        image = {"imageTag": "none"}
        assert kit.refused(operation, repositoryName="none", imageId=image)[0] == "RepositoryNotFoundException"
        code, sentence = kit.refused(operation, repositoryName=APP, imageId=image)
        assert code == "ImageNotFoundException"
        assert sentence.startswith("The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within")
        assert kit.refused(operation, repositoryName=APP, imageId={})[0] == "InvalidParameterException"


# -- delays


@pytest.mark.parametrize("options", [{"delays": (("scan-image", "manual"),)}])
def test_a_scan_stays_in_progress_until_it_is_released(kit):
    labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    kit.advance(3 * DAY)
    answer = look(kit, imageTag="v1")
    assert answer["imageScanStatus"] == {"status": "IN_PROGRESS"}
    assert "imageScanFindings" not in answer
    start(kit, imageTag="v1")  # a day later it may be asked for again, and is done once
    assert [row.kind for row in kit.mock.release("scan-image")] == ["scan-image"]
    assert counts(kit, imageTag="v1") == {"HIGH": 2, "LOW": 5}


@pytest.mark.parametrize("options", [{"delays": (("scan-image", 90),)}])
def test_a_scan_takes_as_long_as_the_delay_says(kit):
    configure(kit, "BASIC", rule("SCAN_ON_PUSH", "*"))
    labelled(kit, "v1", LABELS)
    kit.advance(89)
    assert state(kit, imageTag="v1") == ("IN_PROGRESS", None)
    kit.advance(2)
    assert state(kit, imageTag="v1") == ("COMPLETE", DONE)
    configure(kit, "ENHANCED", rule("SCAN_ON_PUSH", "*"))
    digest = labelled(kit, "v2", LABELS, "two")
    kit.advance(59)
    assert is_missing(kit, digest)
    kit.advance(2)
    answer = look(kit, imageTag="v2")
    assert answer["imageScanStatus"] == {"status": "COMPLETE", "description": DONE}
    assert answer["imageScanFindings"] == {"findings": []}
    kit.advance(60)
    assert counts(kit, imageTag="v2") == {"HIGH": 2, "LOW": 5}


# -- what is forgotten


def test_deleting_an_image_forgets_its_scan(kit):
    digest = labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    assert counts(kit, imageTag="v1")
    kit.client.batch_delete_image(repositoryName=APP, imageIds=[{"imageDigest": digest}])
    labelled(kit, "v1", LABELS)
    assert is_missing(kit, tag="v1")
    start(kit, imageTag="v1")
    kit.client.delete_repository(repositoryName=APP, force=True)
    dump = kit.mock.world.store.dump()
    assert not dump.get("scans")
    kit.repository()
    labelled(kit, "v1", LABELS)
    assert is_missing(kit, tag="v1")


@pytest.mark.parametrize("options", [{"delays": (("scan-image", "manual"),)}])
def test_an_image_that_goes_while_it_is_scanned_leaves_nothing(kit):
    world = kit.mock.world
    digest = labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    kit.client.batch_delete_image(repositoryName=APP, imageIds=[{"imageDigest": digest}])
    assert kit.mock.release() == []
    assert not world.store.dump().get("scans")
    assert world.schedule.failed() == []


def change(kit, storage):
    kit.client.update_image_storage_class(repositoryName=APP, imageId={"imageTag": "v1"}, targetStorageClass=storage)
    kit.describe()


@pytest.mark.parametrize("on_push", [False, True])
def test_an_archived_image_loses_its_results_and_is_scanned_anew_when_it_is_back(kit, on_push):
    labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    assert counts(kit, imageTag="v1")
    if on_push:
        configure(kit, "BASIC", rule("SCAN_ON_PUSH", "*"))
    change(kit, "ARCHIVE")
    assert is_missing(kit, tag="v1")
    assert kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v1"}) == (
        "ImageArchivedException",
        "The specified image is archived and cannot be scanned.",
    )
    kit.advance(60)
    change(kit, "STANDARD")
    if not on_push:
        assert is_missing(kit, tag="v1")
        return
    answer = look(kit, imageTag="v1")
    assert answer["imageScanFindings"]["imageScanCompletedAt"].timestamp() == kit.now()


# -- enhanced


def test_under_enhanced_nothing_is_scanned_by_hand(kit):
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "*"))
    labelled(kit, "v1")
    refused = kit.refused("start_image_scan", repositoryName=APP, imageId={"imageTag": "v1"})
    assert refused == ("ValidationException", "This feature is disabled")


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("CONTINUOUS_SCAN", ("ACTIVE", "Continuous scan is selected for image.")),
        ("SCAN_ON_PUSH", ("COMPLETE", DONE)),
    ],
)
def test_the_status_of_enhanced_scans_is_that_of_their_frequency(kit, frequency, expected):
    configure(kit, "ENHANCED", rule(frequency, "*"))
    labelled(kit, "v1", LABELS, architecture="arm64")
    assert state(kit, imageTag="v1") == expected
    assert counts(kit, imageTag="v1") == {"HIGH": 2, "LOW": 5}
    found = look(kit, imageTag="v1")["imageScanFindings"]
    assert "findings" not in found
    assert [row["severity"] for row in found["enhancedFindings"]] == ["HIGH"] * 2 + ["LOW"] * 5


def test_a_continuous_scan_ends_after_14_days_and_one_on_push_stays(kit):
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "team"), rule("SCAN_ON_PUSH", "other"))
    kit.repository("other")
    labelled(kit, "v1", LABELS)
    labelled(kit, "v1", LABELS, name="other")
    kit.advance(14 * DAY)
    assert state(kit, imageTag="v1")[0] == "ACTIVE"
    kit.advance(1)
    answer = look(kit, imageTag="v1")
    assert answer["imageScanStatus"] == {"status": "SCAN_ELIGIBILITY_EXPIRED"}
    assert "imageScanFindings" not in answer
    assert state(kit, "other", imageTag="v1") == ("COMPLETE", DONE)


def test_enhanced_scanning_takes_young_images_in_when_it_is_switched_on(kit):
    labelled(kit, "old", LABELS)
    kit.advance(15 * DAY)
    labelled(kit, "young", LABELS, "two")
    kit.put(kit.index(kit.push("child", "three")), "list")
    kit.repository("apart")
    labelled(kit, "young", LABELS, name="apart")
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "team"))
    assert state(kit, imageTag="old") == ("SCAN_ELIGIBILITY_EXPIRED", None)
    assert state(kit, imageTag="young")[0] == "ACTIVE"
    assert counts(kit, imageTag="young") == {"HIGH": 2, "LOW": 5}
    assert is_missing(kit, tag="list")
    assert (
        kit.refused("describe_image_scan_findings", repositoryName="apart", imageId={"imageTag": "young"})[0]
        == "ScanNotFoundException"
    )
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "team"), rule("SCAN_ON_PUSH", "apart"))
    assert state(kit, "apart", imageTag="young") == ("COMPLETE", DONE)


def test_another_engine_hides_the_scans_of_the_first_and_the_first_shows_them_again(kit):
    digest = labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    before = look(kit, imageTag="v1")
    configure(kit, "ENHANCED")
    assert is_missing(kit, digest)
    configure(kit, "BASIC")
    assert look(kit, imageTag="v1") == before
    kit.advance(60)
    configure(kit, "ENHANCED", rule("SCAN_ON_PUSH", "*"))
    enhanced = look(kit, imageTag="v1")
    assert enhanced["imageScanFindings"]["imageScanCompletedAt"] > before["imageScanFindings"]["imageScanCompletedAt"]
    configure(kit, "BASIC")
    assert look(kit, imageTag="v1") == before
    kit.advance(30 * DAY)
    configure(kit, "ENHANCED", rule("SCAN_ON_PUSH", "*"))
    assert look(kit, imageTag="v1") == enhanced


def test_an_archived_image_is_told_as_such_and_comes_back_young(kit):
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "*"))
    labelled(kit, "v1", LABELS)
    assert state(kit, imageTag="v1")[0] == "ACTIVE"
    change(kit, "ARCHIVE")
    answer = look(kit, imageTag="v1")
    assert answer["imageScanStatus"] == {"status": "IMAGE_ARCHIVED"}
    assert "imageScanFindings" not in answer
    kit.advance(100 * DAY)
    change(kit, "STANDARD")
    assert state(kit, imageTag="v1")[0] == "ACTIVE"
    assert counts(kit, imageTag="v1") == {"HIGH": 2, "LOW": 5}


def test_what_inspector_cannot_read_is_unsupported_and_a_list_is_not_scanned(kit):
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "*"))
    child = kit.push("child")
    kit.push("sbom", "two", artifactType="text/sbom+json")
    kit.put(kit.index(child), "list")
    answer = look(kit, imageTag="sbom")
    assert answer["imageScanStatus"] == {"status": "UNSUPPORTED_IMAGE"}
    assert "imageScanFindings" not in answer
    assert is_missing(kit, tag="list")


def test_a_signature_is_no_image_to_scan(kit):
    """facts/automation 8: it is stored like a push, but is neither scanned nor signed."""
    profile = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/one"
    kit.client.put_signing_configuration(signingConfiguration={"rules": [{"signingProfileArn": profile}]})
    configure(kit, "ENHANCED", rule("CONTINUOUS_SCAN", "*"))
    scanned = []
    kit.mock.world.bus.subscribe(ScanCompleted, lambda event: scanned.append(event.digest))
    digest = kit.push("v1").digest
    (signature,) = kit.client.list_image_referrers(repositoryName=APP, subjectId={"imageDigest": digest})["referrers"]
    assert is_missing(kit, digest=signature["digest"])
    kit.client.update_image_storage_class(
        repositoryName=APP, imageId={"imageDigest": digest}, targetStorageClass="ARCHIVE"
    )
    assert state(kit, imageDigest=digest)[0] == "IMAGE_ARCHIVED"
    assert is_missing(kit, digest=signature["digest"])
    assert scanned == [digest]


# -- around it


def test_replicas_are_pushed_and_so_scanned_there(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    configure(there, "BASIC", rule("SCAN_ON_PUSH", "*"))
    rules = [{"destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}]}]
    kit.client.put_replication_configuration(replicationConfiguration={"rules": rules})
    labelled(kit, "v1", LABELS)
    assert counts(there, imageTag="v1") == {"HIGH": 2, "LOW": 5}
    assert is_missing(kit, tag="v1")


@pytest.mark.parametrize("options", [{"scans_in_describe_images": True}])
def test_old_code_may_have_its_members_of_describe_images(kit):
    labelled(kit, "v1", LABELS)
    labelled(kit, "v2", {"ecrmock.scan.status": "FAILED"}, "two")
    assert "imageScanStatus" not in kit.describe(imageIds=[{"imageTag": "v1"}])[0]
    for tag in ("v1", "v2"):
        start(kit, imageTag=tag)
    first, second = kit.describe()
    assert first["imageScanStatus"] == {"status": "COMPLETE", "description": DONE}
    assert first["imageScanFindingsSummary"]["findingSeverityCounts"] == {"HIGH": 2, "LOW": 5}
    assert first["imageScanFindingsSummary"]["imageScanCompletedAt"].timestamp() == kit.now()
    assert second["imageScanStatus"]["status"] == "FAILED"
    assert "imageScanFindingsSummary" not in second


def test_describe_images_says_nothing_of_scans_by_default(kit):
    labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    assert not {"imageScanStatus", "imageScanFindingsSummary"} & set(kit.describe()[0])


def test_a_scan_leaves_the_time_of_the_last_pull_alone(kit):
    labelled(kit, "v1", LABELS)
    start(kit, imageTag="v1")
    assert "lastRecordedPullTime" not in kit.describe()[0]


def test_a_key_that_cannot_be_used_fails_the_scan(kit, kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kit.repository("keyed", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key})
    labelled(kit, "v1", LABELS, name="keyed")
    kms.disable_key(KeyId=key)
    start(kit, "keyed", imageTag="v1")
    status, description = state(kit, "keyed", imageTag="v1")
    assert status == "FAILED"
    assert "disabled" in description


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"ecrmock.scan.status": "FAILED", "ecrmock.scan.description": "because"}, ("FAILED", "because")),
        (
            {"ecrmock.scan.status": "FAILED"},
            ("FAILED", "UnsupportedImageError: The operating system and/or package manager are not supported."),
        ),
        ({"ecrmock.scan.status": "UNSUPPORTED_IMAGE"}, ("UNSUPPORTED_IMAGE", None)),
        (
            {"ecrmock.scan.findings": "HIGH"},
            ("FAILED", "An ecrmock.scan label of the image makes no sense: 'HIGH' is not SEVERITY=COUNT"),
        ),
        ({"ecrmock.scan.findings": ""}, ("COMPLETE", DONE)),
    ],
)
def test_labels_steer_a_scan(kit, labels, expected):
    labelled(kit, "v1", labels)
    start(kit, imageTag="v1")
    assert state(kit, imageTag="v1") == expected


def test_threads_that_start_one_scan_start_one(kit):
    labelled(kit, "v1", LABELS)
    done, told = [], []
    kit.mock.world.bus.subscribe(ScanCompleted, done.append)
    image = {"repositoryName": APP, "imageId": {"imageTag": "v1"}}

    client = kit.client  # clients may be shared by threads, making one may not

    def ask():
        try:
            told.append(client.start_image_scan(**image)["imageScanStatus"]["status"])
        except client.exceptions.LimitExceededException:
            told.append("refused")
        client.get_waiter("image_scan_complete").wait(**image, WaiterConfig={"Delay": 0, "MaxAttempts": 500})

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["IN_PROGRESS"] + ["refused"] * 7
    assert len(done) == 1
