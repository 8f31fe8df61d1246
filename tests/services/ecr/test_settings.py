"""What can be changed of a repository: PutImageTagMutability (facts/api 5.5), scanning on push (facts/api 5.6)."""

import pytest
from answers import members
from constants import ACCOUNT

SETTINGS = ["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"]


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def invalid(path, constraint):
    return "InvalidParameterException", f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"


def request(setting, *filters):
    rows = [{"filterType": "WILDCARD", "filter": text} for text in filters]
    more = {"imageTagMutabilityExclusionFilters": rows} if rows else {}
    return {"repositoryName": "team/app", "imageTagMutability": setting, **more}


def change(kit, setting, *filters):
    return members(kit.client.put_image_tag_mutability(**request(setting, *filters)))


def described(kit):
    return kit.client.describe_repositories(repositoryNames=["team/app"])["repositories"][0]


def moves(kit, tag):
    """Whether this tag can be given to another image."""
    kit.push(tag, f"first {tag}")
    second = kit.push(None, f"second {tag}")
    try:
        kit.put(second.manifest, tag)
    except kit.client.exceptions.ImageTagAlreadyExistsException:
        return False
    return True


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_answer_and_the_description_show_what_was_set(kit, setting):
    filters = ["dev-*", "latest"] if setting.endswith("EXCLUSION") else []
    rows = {"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": text} for text in filters]}
    wanted = {"imageTagMutability": setting, **(rows if filters else {})}
    for _ in range(2):
        assert change(kit, setting, *filters) == {"registryId": ACCOUNT, "repositoryName": "team/app", **wanted}
        assert {name: described(kit)[name] for name in wanted} == wanted
    assert ("imageTagMutabilityExclusionFilters" in described(kit)) == bool(filters)


def test_each_call_replaces_both_setting_and_filters(kit):
    change(kit, "IMMUTABLE_WITH_EXCLUSION", "dev-*", "latest")
    change(kit, "MUTABLE_WITH_EXCLUSION", "v*")
    assert described(kit)["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "v*"}]
    change(kit, "IMMUTABLE")
    assert "imageTagMutabilityExclusionFilters" not in described(kit)


def test_nothing_else_of_the_repository_changes(kit):
    before = kit.repository("other", imageScanningConfiguration={"scanOnPush": True}, tags=[{"Key": "a", "Value": "b"}])
    kit.client.put_image_tag_mutability(repositoryName="other", imageTagMutability="IMMUTABLE")
    (after,) = kit.client.describe_repositories(repositoryNames=["other"])["repositories"]
    assert after == before | {"imageTagMutability": "IMMUTABLE"}
    tags = kit.client.list_tags_for_resource(resourceArn=before["repositoryArn"])["tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    assert described(kit)["imageTagMutability"] == "MUTABLE"


@pytest.mark.parametrize(
    ("setting", "filters", "movable", "fixed"),
    [
        ("MUTABLE", (), ["v1", "latest"], []),
        ("IMMUTABLE", (), [], ["v1", "latest"]),
        ("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*"), ["latest", "dev-", "dev-1.2"], ["v1", "Latest", "latest1"]),
        ("MUTABLE_WITH_EXCLUSION", ("v*", "*-final"), ["latest", "1v", "final"], ["v", "v1", "x-final"]),
    ],
)
def test_the_table_of_settings(kit, setting, filters, movable, fixed):
    change(kit, setting, *filters)
    assert [tag for tag in (*movable, *fixed) if moves(kit, tag)] == movable


WILDCARDS = [
    ("*", ["a", "v1.2-3_x"], []),
    ("**", ["a", "latest"], []),
    ("dev*", ["dev", "dev-1"], ["de", "xdev", "Dev"]),
    ("*dev", ["dev", "a.dev"], ["devx"]),
    ("*.dev", [".dev", "1.dev"], ["dev", "1xdev"]),
    ("a*c", ["ac", "abc", "a.c.c"], ["ab", "acb", "bac"]),
    ("*mid*", ["mid", "amid", "amidb"], ["mi-d"]),
    ("a*b*", ["ab", "a-b-", "aab"], ["a", "ba"]),
    ("v1.0", ["v1.0"], ["v1x0", "v1.0.1"]),
    ("_-.", ["_-."], ["_-", "a-."]),
]


@pytest.mark.parametrize(("pattern", "fits", "misses"), WILDCARDS)
def test_a_filter_is_a_wildcard_over_the_whole_tag(kit, pattern, fits, misses):
    change(kit, "IMMUTABLE_WITH_EXCLUSION", pattern)
    for tag in fits:
        assert moves(kit, tag), tag
    for tag in misses:
        assert not moves(kit, tag), tag


def test_existing_images_and_tags_are_not_touched(kit):
    one = kit.push("v1", "one")
    kit.put(one.manifest, "latest")
    kit.push(None, "two")
    before = kit.describe()
    for setting in (("IMMUTABLE",), ("MUTABLE_WITH_EXCLUSION", "*")):
        change(kit, *setting)
        assert kit.describe() == before
    two = kit.push(None, "three")
    refused = kit.refused("put_image", repositoryName="team/app", imageManifest=two.manifest, imageTag="v1")
    assert refused[0] == "ImageTagAlreadyExistsException"
    change(kit, "MUTABLE")
    kit.put(two.manifest, "v1")
    assert (two.digest, "v1") in kit.ids()


def test_a_fixed_tag_may_be_given_anew_and_deleted(kit):
    change(kit, "IMMUTABLE")
    one = kit.push("v1", "one")
    kit.put(one.manifest, "v2")
    gone = kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])
    assert (len(gone["imageIds"]), gone["failures"]) == (1, [])
    two = kit.push("v1", "two")
    assert (two.digest, "v1") in kit.ids()


@pytest.mark.parametrize("operation", ["put_image_tag_mutability", "create_repository"])
def test_the_sentences_of_settings_and_filters(kit, operation):
    # facts/api E32, E33, E43, E44; CreateRepository says the same
    name = {"repositoryName": "new" if operation == "create_repository" else "team/app"}
    field = "imageTagMutabilityExclusionFilters"
    for setting in ("IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"):
        sentence = f"ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as {setting}"
        assert kit.refused(operation, **request(setting) | name) == invalid(field, sentence)
    for setting in ("IMMUTABLE", "MUTABLE"):
        sentence = f"ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as {setting}"
        assert kit.refused(operation, **request(setting, "v*") | name) == invalid(field, sentence)
    values = "[IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]"
    refused = kit.refused(operation, **request("SOMETIMES") | name)
    assert refused == invalid("imageTagMutability", f"Member must satisfy enum value set: {values}")
    assert described(kit)["imageTagMutability"] == "MUTABLE"


def test_a_missing_setting_is_null(kit):
    assert kit.refused("put_image_tag_mutability", repositoryName="team/app") == invalid(
        "imageTagMutability", "Member must not be null"
    )


@pytest.mark.parametrize(
    ("filters", "path"),
    [
        (["a"] * 6, "imageTagMutabilityExclusionFilters"),
        (["a*b*c*"], "imageTagMutabilityExclusionFilters"),
        (["ok", "***"], "imageTagMutabilityExclusionFilters"),
        ([""], "imageTagMutabilityExclusionFilters.1.member.filter"),
        (["ok", "a" * 129], "imageTagMutabilityExclusionFilters.2.member.filter"),
        (["a b"], "imageTagMutabilityExclusionFilters.1.member.filter"),
        (["a/b"], "imageTagMutabilityExclusionFilters.1.member.filter"),
        (["a?"], "imageTagMutabilityExclusionFilters.1.member.filter"),
    ],
)
def test_filters_that_are_refused(kit, filters, path):
    code, message = kit.refused("put_image_tag_mutability", **request("MUTABLE_WITH_EXCLUSION", *filters))
    assert code == "InvalidParameterException"
    assert message.startswith(f"Invalid parameter at '{path}' failed to satisfy constraint: '")
    assert described(kit)["imageTagMutability"] == "MUTABLE"


@pytest.mark.parametrize("filters", [["a"] * 5, ["a*b*"], ["**"], ["a" * 128], ["A-Z_0.9*"]])
def test_filters_that_are_accepted_are_described_and_excluded(kit, filters):
    change(kit, "MUTABLE_WITH_EXCLUSION", *filters)
    rows = [{"filterType": "WILDCARD", "filter": text} for text in filters]
    assert described(kit)["imageTagMutabilityExclusionFilters"] == rows
    tag = filters[0].replace("*", "x")
    kit.push(tag, "one")
    refused = kit.refused("put_image", repositoryName="team/app", imageManifest=kit.index(), imageTag=tag)
    assert refused[0] == "ImageTagAlreadyExistsException"


def test_a_filter_needs_its_type(kit):
    row = {"repositoryName": "team/app", "imageTagMutability": "MUTABLE_WITH_EXCLUSION"}
    rows = [{"filter": "a"}]
    refused = kit.refused("put_image_tag_mutability", **row, imageTagMutabilityExclusionFilters=rows)
    assert refused == invalid("imageTagMutabilityExclusionFilters.1.member.filterType", "Member must not be null")
    rows = [{"filter": "a", "filterType": "REGEX"}]
    refused = kit.refused("put_image_tag_mutability", **row, imageTagMutabilityExclusionFilters=rows)
    assert refused == invalid(
        "imageTagMutabilityExclusionFilters.1.member.filterType", "Member must satisfy enum value set: [WILDCARD]"
    )


# -- PutImageScanningConfiguration


def scanning(kit, configuration):
    return members(
        kit.client.put_image_scanning_configuration(repositoryName="team/app", imageScanningConfiguration=configuration)
    )


@pytest.mark.parametrize("value", [True, False])
def test_scanning_on_push_is_set_and_shown(kit, value):
    wanted = {"imageScanningConfiguration": {"scanOnPush": value}}
    for _ in range(2):
        assert scanning(kit, {"scanOnPush": value}) == {"registryId": ACCOUNT, "repositoryName": "team/app", **wanted}
        assert described(kit)["imageScanningConfiguration"] == {"scanOnPush": value}


def test_an_empty_configuration_replaces_a_stored_true(kit):
    scanning(kit, {"scanOnPush": True})
    assert scanning(kit, {})["imageScanningConfiguration"] == {"scanOnPush": False}
    assert described(kit)["imageScanningConfiguration"] == {"scanOnPush": False}


def test_scanning_needs_its_configuration(kit):
    refused = kit.refused("put_image_scanning_configuration", repositoryName="team/app")
    assert refused == invalid("imageScanningConfiguration", "Member must not be null")


def test_scanning_leaves_images_alone(kit):
    kit.push("v1")
    before = kit.describe()
    scanning(kit, {"scanOnPush": True})
    assert kit.describe() == before


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("put_image_tag_mutability", {"imageTagMutability": "IMMUTABLE"}),
        ("put_image_scanning_configuration", {"imageScanningConfiguration": {}}),
    ],
)
def test_a_missing_repository_is_not_found(kit, operation, more):
    assert kit.refused(operation, repositoryName="gone", **more) == (
        "RepositoryNotFoundException",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    )
