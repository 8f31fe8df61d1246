"""Lifecycle policies and previews through boto3, and what they do when the clock moves (facts/automation 1)."""

import json

import pytest
from constants import ACCOUNT, OCI
from paths import FIXTURES
from werkzeug.test import Client

from ecrmock import mock_ecr
from ecrmock.base.clock import instant

FOLDER = FIXTURES / "lifecycle"
DAY = 86_400
NO_POLICY = (
    "LifecyclePolicyNotFoundException",
    f"Lifecycle policy does not exist for the repository with name 'team/app' in the registry with id '{ACCOUNT}'",
)
NO_PREVIEW = (
    "LifecyclePolicyPreviewNotFoundException",
    (
        f"Lifecycle policy preview does not exist for the repository with name 'team/app' in the "
        f"registry with id '{ACCOUNT}'"
    ),
)
NO_REPOSITORY = (
    "RepositoryNotFoundException",
    f"The repository with name 'other' does not exist in the registry with id '{ACCOUNT}'",
)


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.mock.clock.freeze("2026-01-01T00:00:00Z")
    kit.repository()


def rule(priority=1, action="expire", **selection):
    chosen = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1} | selection
    if chosen["countType"] != "imageCountMoreThan":
        chosen["countUnit"] = "days"
    act = {"type": "expire"} if action == "expire" else {"type": "transition", "targetStorageClass": "archive"}
    return {"rulePriority": priority, "description": "made " * 20, "selection": chosen, "action": act}


def policy(*rules):
    return json.dumps({"rules": list(rules) or [rule()]}, indent=1)


def compact(text):
    return json.dumps(json.loads(text), separators=(",", ":"))


def put(kit, *rules):
    return kit.client.put_lifecycle_policy(repositoryName="team/app", lifecyclePolicyText=policy(*rules))


def preview(kit, *rules, **asked):
    kit.client.start_lifecycle_policy_preview(repositoryName="team/app", lifecyclePolicyText=policy(*rules))
    return kit.client.get_lifecycle_policy_preview(repositoryName="team/app", **asked)


def last(kit):
    return kit.client.get_lifecycle_policy(repositoryName="team/app")["lastEvaluatedAt"].timestamp()


# -- the policy


def test_a_policy_is_put_told_replaced_and_taken_away(kit):
    client, old, new = kit.client, policy(), policy(rule(countNumber=7))
    for text in (old, new):
        answer = client.put_lifecycle_policy(repositoryName="team/app", lifecyclePolicyText=text)
        del answer["ResponseMetadata"]
        stored = {"registryId": ACCOUNT, "repositoryName": "team/app", "lifecyclePolicyText": compact(text)}
        assert answer == stored
    for operation in (client.get_lifecycle_policy, client.delete_lifecycle_policy):
        answer = operation(repositoryName="team/app")
        assert answer.pop("lastEvaluatedAt").timestamp() == 0
        del answer["ResponseMetadata"]
        assert answer == stored
    for operation in ("get_lifecycle_policy", "delete_lifecycle_policy", "start_lifecycle_policy_preview"):
        assert kit.refused(operation, repositoryName="team/app") == NO_POLICY


@pytest.mark.parametrize(
    "operation", ["put", "get", "delete", "start_preview", "get_preview"], ids=lambda operation: operation
)
def test_a_missing_repository_is_told_before_a_wrong_policy(kit, operation):
    verb, _, rest = operation.partition("_")
    name = f"{verb}_lifecycle_policy{'_' + rest if rest else ''}"
    text = {"lifecyclePolicyText": "x" * 100} if verb in {"put", "start"} else {}
    assert kit.refused(name, repositoryName="other", **text) == NO_REPOSITORY


def test_a_text_too_long_is_told_before_a_missing_repository(kit):
    code, message = kit.refused("put_lifecycle_policy", repositoryName="other", lifecyclePolicyText=" " * 30_721)
    assert code == "InvalidParameterException"
    assert message.endswith("'Member must have length less than or equal to 30720'")


def test_a_refused_policy_leaves_the_old_one(kit):
    put(kit)
    code, message = kit.refused("put_lifecycle_policy", repositoryName="team/app", lifecyclePolicyText="{}" + " " * 98)
    assert code == "InvalidParameterException"
    assert 'object has missing required properties (["rules"])' in message
    stored = kit.client.get_lifecycle_policy(repositoryName="team/app")["lifecyclePolicyText"]
    assert stored == compact(policy())


# -- the clock


def test_images_too_old_go_at_the_first_daily_run_after_that(kit):
    pushed = kit.push("v1")
    put(kit, rule(countType="sinceImagePushed", countNumber=14))
    kit.advance(14 * DAY)
    assert [image["imageDigest"] for image in kit.describe()] == [pushed.digest]
    kit.advance(DAY)
    assert kit.describe() == []


def test_last_evaluated_follows_the_days_also_those_on_which_nothing_could_change(kit):
    start = kit.now()
    put(kit, rule(countType="sinceImagePushed", countNumber=300))
    kit.push("v1")
    assert last(kit) == 0
    for days, told in ((1.5, 1), (1, 2), (200, 202), (7.5, 210)):
        kit.advance(days * DAY)
        assert last(kit) == start + told * DAY
    put(kit)
    assert last(kit) == 0


def test_ten_years_are_a_handful_of_runs(kit):
    put(kit, rule(countType="sinceImagePushed", countNumber=365))
    kit.push("a")
    kit.advance(100 * DAY)
    kit.push("b", "two")
    done = kit.mock.world.travel(kit.now() + 3650 * DAY)
    assert kit.describe() == []
    assert 2 <= len([row for row in done if row.kind == "lifecycle"]) <= 6


def test_a_count_is_kept_day_by_day(kit):
    put(kit, rule(tagStatus="tagged", tagPatternList=["v*"], countNumber=2))
    for number in range(5):
        kit.push(f"v{number}", str(number))
        kit.advance(60)
    kit.push("keep", "other")
    assert len(kit.describe()) == 6
    kit.advance(DAY)
    assert sorted(tag for image in kit.describe() for tag in image["imageTags"]) == ["keep", "v3", "v4"]


def test_children_stay_while_their_index_does_and_go_when_it_is_gone(kit):
    child = kit.push(None, "child")
    kit.put(kit.index(child), "all")
    put(kit, rule(tagStatus="untagged", countType="sinceImagePushed", countNumber=1))
    kit.advance(10 * DAY)
    assert len(kit.describe()) == 2
    index = next(image["imageDigest"] for image in kit.describe() if image.get("imageTags"))
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": index}])
    kit.advance(DAY)
    assert kit.describe() == []


def test_an_image_in_the_archive_is_moved_and_later_expires_with_its_signature(kit):
    subject = kit.push("v1")
    row = {"mediaType": OCI, "digest": subject.digest, "size": 1}
    kit.push(None, "signature", subject=row)
    put(
        kit,
        rule(1, "archive", countType="sinceImagePulled", countNumber=30),
        rule(2, storageClass="archive", countType="sinceImageTransitioned", countNumber=90),
    )
    kit.advance(20 * DAY)
    kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])
    kit.advance(20 * DAY)
    assert len(kit.describe()) == 2  # it was pulled
    kit.advance(12 * DAY)
    assert kit.describe() == []
    assert len(kit.describe(filter={"imageStatus": "ARCHIVED"})) == 2
    kit.advance(91 * DAY)
    assert kit.describe(filter={"imageStatus": "ANY"}) == []


def test_a_policy_taken_away_acts_no_more_and_goes_with_its_repository(kit):
    put(kit, rule(countType="sinceImagePushed", countNumber=1))
    kit.push("v1")
    kit.client.delete_lifecycle_policy(repositoryName="team/app")
    kit.advance(9 * DAY)
    assert len(kit.describe()) == 1
    put(kit, rule(countType="sinceImagePushed", countNumber=1))
    preview(kit)
    kit.client.delete_repository(repositoryName="team/app", force=True)
    assert kit.mock.world.schedule.next() is None
    kit.repository()
    kit.push("v1")
    kit.advance(9 * DAY)
    assert len(kit.describe()) == 1
    for operation, sentence in (("get_lifecycle_policy", NO_POLICY), ("get_lifecycle_policy_preview", NO_PREVIEW)):
        assert kit.refused(operation, repositoryName="team/app") == sentence


def test_thirty_images_over_sixty_days_and_four_rules(kit):
    """What the preview said before is what goes, and the trace says why; both doors agree."""
    kinds = ["prod-{}", "release-{}", "dev-{}", None, "feature-{}"]
    for number in range(30):
        tag = kinds[number % 5]
        kit.push(tag and tag.format(number), f"image {number}")
        kit.advance(2 * DAY)
    rules = (
        rule(1, tagStatus="tagged", tagPrefixList=["prod-"], countNumber=4),
        rule(2, tagStatus="tagged", tagPatternList=["dev-*"], countType="sinceImagePushed", countNumber=30),
        rule(3, tagStatus="untagged", countType="sinceImagePushed", countNumber=7),
        rule(4, countNumber=20),
    )
    foreseen = preview(kit, *rules)["previewResults"]
    put(kit, *rules)
    # pushed on day 0, 2, ... 58, and now it is day 60; rule 4 counts every image, and takes what no rule before sees
    expected = {
        **{f"prod-{number}": 1 for number in (0, 5)},
        **{f"dev-{number}": 2 for number in (2, 7, 12)},
        **{f"release-{number}": 4 for number in (1, 6)},
        **{f"feature-{number}": 4 for number in (4, 9)},
    }
    told = {row["imageTags"][0]: row["appliedRulePriority"] for row in foreseen if row["imageTags"]}
    assert told == expected
    untagged = [row for row in foreseen if not row["imageTags"]]
    assert [row["appliedRulePriority"] for row in untagged] == [3] * 5  # 3, 8, 13, 18, 23; 28 is 4 days old
    (evaluation,) = kit.mock.run_lifecycle("team/app").values()
    reasons = {row.image.digest: row.reason for row in evaluation.trace()}
    assert {reasons[row["imageDigest"]] for row in foreseen} == {f"rule {number} took it" for number in (1, 2, 3, 4)}
    left = {tag for image in kit.describe() for tag in image.get("imageTags", [""])}
    every = {(kinds[number % 5] or "").format(number) for number in range(30)}
    assert left == every - expected.keys()
    token = kit.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    docker = Client(kit.mock.application)
    shown = docker.get("/v2/team/app/tags/list", headers={"Authorization": f"Basic {token}"}).json["tags"]
    assert set(shown) == left - {""}


def test_rolled_back_where_one_image_cannot_go(kit, monkeypatch):
    for number in range(3):
        kit.push(f"v{number}", str(number))
    put(kit)
    drop, gone = type(kit.mock.world.bus).publish, []

    def failing(bus, event):
        if type(event).__name__ == "ImageDeleted":
            gone.append(event)
            if len(gone) > 1:
                raise OSError("no more")
        drop(bus, event)

    monkeypatch.setattr(type(kit.mock.world.bus), "publish", failing)
    kit.advance(DAY)
    monkeypatch.undo()
    assert len(kit.describe()) == 3
    (failed,) = kit.mock.world.schedule.failed()
    assert (failed.kind, failed.error) == ("lifecycle", "OSError: no more")


# -- previews


def test_a_preview_is_in_progress_first_and_complete_at_the_next_look(kit):
    text = policy()
    answer = kit.client.start_lifecycle_policy_preview(repositoryName="team/app", lifecyclePolicyText=text)
    assert (answer["status"], answer["lifecyclePolicyText"]) == ("IN_PROGRESS", text)
    kit.client.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName="team/app")
    answer = kit.client.get_lifecycle_policy_preview(repositoryName="team/app")
    del answer["ResponseMetadata"]
    assert answer == {
        "registryId": ACCOUNT,
        "repositoryName": "team/app",
        "lifecyclePolicyText": text,
        "status": "COMPLETE",
        "previewResults": [],
        "summary": {"expiringImageTotalCount": 0},
    }


def test_a_preview_of_the_policy_itself_changes_nothing(kit):
    kit.push("v1")
    kit.advance(60)
    young = kit.push("v2", "two")
    put(kit)
    kit.client.start_lifecycle_policy_preview(repositoryName="team/app")
    answer = kit.client.get_lifecycle_policy_preview(repositoryName="team/app")
    assert answer["lifecyclePolicyText"] == compact(policy())
    assert [row["imageTags"] for row in answer["previewResults"]] == [["v1"]]
    assert len(kit.describe()) == 2
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": young.digest}])
    assert kit.client.get_lifecycle_policy_preview(repositoryName="team/app")["previewResults"]  # a snapshot


def test_there_is_no_preview_before_one_and_it_expires_after_a_day(kit):
    assert kit.refused("get_lifecycle_policy_preview", repositoryName="team/app") == NO_PREVIEW
    for number in range(2):
        kit.push(f"v{number}", str(number))
    assert preview(kit)["status"] == "COMPLETE"
    kit.advance(DAY)
    answer = kit.client.get_lifecycle_policy_preview(repositoryName="team/app")
    assert (answer["status"], answer["previewResults"]) == ("EXPIRED", [])


def test_while_one_is_being_made_there_is_no_other(client_of):
    with mock_ecr(delays=(("lifecycle-preview", 60),)) as mock:
        client = client_of("ecr", ACCOUNT, "us-east-1")
        client.create_repository(repositoryName="team/app")
        client.start_lifecycle_policy_preview(repositoryName="team/app", lifecyclePolicyText=policy())
        with pytest.raises(client.exceptions.LifecyclePolicyPreviewInProgressException):
            client.start_lifecycle_policy_preview(repositoryName="team/app", lifecyclePolicyText=policy())
        answer = client.get_lifecycle_policy_preview(repositoryName="team/app")
        assert (answer["status"], answer["previewResults"], answer["summary"]) == ("IN_PROGRESS", [], {})
        mock.clock.advance(seconds=60)
        assert client.get_lifecycle_policy_preview(repositoryName="team/app")["status"] == "COMPLETE"


def test_paging_does_not_go_with_names(kit):
    preview(kit)
    for more in ({"maxResults": 1}, {"nextToken": "x"}):
        code, _ = kit.refused(
            "get_lifecycle_policy_preview", repositoryName="team/app", imageIds=[{"imageTag": "x"}], **more
        )
        assert code == "InvalidParameterException"


PREVIEWS = json.loads((FOLDER / "30-preview.json").read_text())["cases"]


def replay(kit, case):
    """Push a vector's images, each at its time; ref -> digest."""
    moments, pushed = [], {}
    for number, row in enumerate(case["images"]):
        moments.append((instant(row["pushedAt"]), 0, number, "push"))
        if "lastArchivedAt" in row:
            moments.append((instant(row["lastArchivedAt"]), 1, number, "archive"))
    for moment, _, number, act in sorted(moments):
        kit.mock.clock.freeze(moment)
        row = case["images"][number]
        if act == "archive":
            image = {"imageDigest": pushed[row["ref"]].digest}
            kit.client.update_image_storage_class(
                repositoryName="team/app", imageId=image, targetStorageClass="ARCHIVE"
            )
            continue
        if row.get("references"):
            text = kit.index(*(pushed[ref] for ref in row["references"]))
            pushed[row["ref"]] = type(next(iter(pushed.values())))(kit.sha256(text), text, {})
            kit.put(text)
        else:
            more = {"subject": descriptor(pushed[row["subject"]])} if row.get("subject") in pushed else {}
            pushed[row["ref"]] = kit.push(None, row["ref"], **more)
        for tag in row["tags"]:
            kit.put(pushed[row["ref"]].manifest, tag)
    kit.mock.clock.freeze(instant(case["now"]))
    return {ref: each.digest for ref, each in pushed.items()}


def descriptor(pushed):
    kind = json.loads(pushed.manifest)["mediaType"]
    return {"mediaType": kind, "digest": pushed.digest, "size": len(pushed.manifest)}


@pytest.mark.parametrize("case", PREVIEWS, ids=lambda case: case["id"])
def test_preview_vector(kit, case):
    kit.mock.clock.freeze("2020-01-01T00:00:00Z")
    digests = replay(kit, case)
    text = json.dumps(case["policy"]).ljust(100)
    kit.client.start_lifecycle_policy_preview(repositoryName="team/app", lifecyclePolicyText=text)
    asked = dict(case["request"])
    if "imageIds" in asked:
        asked["imageIds"] = [
            {"imageDigest": digests[row["image"]]} if "image" in row else row for row in asked["imageIds"]
        ]
    expected = case["expected"]
    for number, rows in enumerate(expected["pages"], 1):
        answer = kit.client.get_lifecycle_policy_preview(repositoryName="team/app", **asked)
        refs = {digest: ref for ref, digest in digests.items()}
        found = [
            {"image": refs[row.pop("imageDigest")], **row, "imageTags": sorted(row["imageTags"])}
            for row in answer["previewResults"]
            if row.pop("imagePushedAt")
        ]
        assert found == [{**row, "imageTags": sorted(row["imageTags"])} for row in rows]
        assert (answer["status"], answer["summary"]) == (expected["status"], expected["summary"])
        assert ("nextToken" in answer) == (number < len(expected["pages"]))
        asked["nextToken"] = answer.get("nextToken")
