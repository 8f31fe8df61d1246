"""ecrmock.services.ecr.repositories: CreateRepository, DescribeRepositories, DeleteRepository."""

import pytest
from constants import ACCOUNT, NOWHERE


def answer_of(kit, operation, **request):
    """An answer without botocore's own member."""
    answer = getattr(kit.client, operation)(**request)
    answer.pop("ResponseMetadata")
    return answer


def test_create_answers_with_every_member_and_its_default(kit):
    made = answer_of(kit, "create_repository", repositoryName="team/app")
    assert list(made) == ["repository"]
    found = made["repository"]
    assert found.pop("createdAt").timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert list(found.items()) == [
        ("repositoryArn", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app"),
        ("registryId", ACCOUNT),
        ("repositoryName", "team/app"),
        ("repositoryUri", f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/app"),
        ("imageTagMutability", "MUTABLE"),
        ("imageScanningConfiguration", {"scanOnPush": False}),
        ("encryptionConfiguration", {"encryptionType": "AES256"}),
    ]


def test_create_shows_what_was_chosen_but_not_the_tags(kit):
    made = kit.repository(
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev-*"}],
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "AES256"},
        tags=[{"Key": "team", "Value": "blue"}],
        registryId=ACCOUNT,
    )
    assert made["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert made["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "dev-*"}]
    assert made["imageScanningConfiguration"] == {"scanOnPush": True}
    assert made["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert "tags" not in made


def test_describe_shows_what_create_showed(kit):
    made = [kit.repository("b1"), kit.repository("a1", imageTagMutability="IMMUTABLE")]
    named = answer_of(kit, "describe_repositories", repositoryNames=["b1", "a1"])
    assert named == {"repositories": made}
    everything = answer_of(kit, "describe_repositories")
    assert sorted(everything["repositories"], key=str) == sorted(made, key=str)
    assert "nextToken" not in everything


def test_describe_of_an_empty_registry_is_an_empty_list(kit):
    assert answer_of(kit, "describe_repositories") == {"repositories": []}


def test_a_name_given_twice_is_described_once(kit):
    kit.repository("a1")
    found = kit.client.describe_repositories(repositoryNames=["a1", "a1"])["repositories"]
    assert [each["repositoryName"] for each in found] == ["a1"]


def test_one_missing_name_fails_the_whole_describe_and_is_named(kit):
    kit.repository("here")
    assert kit.refused("describe_repositories", repositoryNames=["here", "gone1", "gone2"]) == (
        "RepositoryNotFoundException",
        f"The repository with name 'gone1' does not exist in the registry with id '{ACCOUNT}'",
    )


@pytest.mark.parametrize(
    "name", [f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/app", f"{ACCOUNT}.dkr.ecr.x.amazonaws.com/App"]
)
def test_an_arn_or_address_as_a_name_breaks_the_pattern(kit, name):
    code, message = kit.refused("describe_repositories", repositoryNames=[name])
    assert code == "InvalidParameterException"
    assert "must satisfy regular expression '" in message


@pytest.mark.parametrize("name", ["team/app", "a__b", "a--b", "a---b", "a/b__c", "a.b", "1a", "ab", "a" * 256])
def test_names_that_ecr_accepts(kit, name):
    assert kit.repository(name)["repositoryName"] == name


@pytest.mark.parametrize(
    "name", ["a___b", "a_-b", "_a", "a_", "Team/App", "a//b", "a/", "/a", "a..b", "a b", "aé", "a\n"]
)
def test_names_that_ecr_refuses(kit, name):
    code, message = kit.refused("create_repository", repositoryName=name)
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy reg")


def test_names_are_no_folders(kit):
    kit.repository("a1/b1")
    assert kit.refused("describe_repositories", repositoryNames=["a1"])[0] == "RepositoryNotFoundException"
    kit.repository("a1")
    kit.client.delete_repository(repositoryName="a1")
    assert [each["repositoryName"] for each in kit.client.describe_repositories()["repositories"]] == ["a1/b1"]


def test_creating_twice_is_refused_whatever_the_settings(kit):
    kit.repository()
    code, message = kit.refused("create_repository", repositoryName="team/app", imageTagMutability="IMMUTABLE")
    assert code == "RepositoryAlreadyExistsException"
    assert message == f"The repository with name 'team/app' already exists in the registry with id '{ACCOUNT}'"
    assert kit.client.describe_repositories()["repositories"][0]["imageTagMutability"] == "MUTABLE"


@pytest.mark.parametrize(
    "tags", [[{"Key": "", "Value": "x"}], [{"Key": "aws:x", "Value": "x"}], [{"Key": f"k{n}"} for n in range(51)]]
)
def test_bad_tags_leave_no_repository(kit, tags):
    kit.refused("create_repository", repositoryName="team/app", tags=tags)
    assert kit.client.describe_repositories()["repositories"] == []


def test_a_key_with_aes256_is_an_invalid_parameter(kit):
    wanted = {"encryptionType": "AES256", "kmsKey": "alias/mine"}
    refused = kit.refused("create_repository", repositoryName="team/app", encryptionConfiguration=wanted)
    assert refused[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("setting", "filters"),
    [
        ("MUTABLE_WITH_EXCLUSION", ["a"] * 6),
        ("MUTABLE_WITH_EXCLUSION", ["a*b*c*"]),
        ("MUTABLE_WITH_EXCLUSION", [""]),
        ("MUTABLE_WITH_EXCLUSION", ["a" * 129]),
        ("MUTABLE_WITH_EXCLUSION", ["a b"]),
    ],
)
def test_exclusion_filters_that_ecr_refuses(kit, setting, filters):
    rows = [{"filterType": "WILDCARD", "filter": text} for text in filters]
    code, _ = kit.refused(
        "create_repository",
        repositoryName="team/app",
        imageTagMutability=setting,
        imageTagMutabilityExclusionFilters=rows,
    )
    assert code == "InvalidParameterException"


def test_delete_shows_five_members_and_the_mutability(kit):
    made = kit.repository(imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True})
    gone = answer_of(kit, "delete_repository", repositoryName="team/app")
    wanted = {"createdAt", "registryId", "repositoryArn", "repositoryName", "repositoryUri", "imageTagMutability"}
    assert gone == {"repository": {name: made[name] for name in wanted}}
    assert kit.client.describe_repositories()["repositories"] == []


def test_deleting_twice_is_not_found(kit):
    kit.repository()
    kit.client.delete_repository(repositoryName="team/app")
    assert kit.refused("delete_repository", repositoryName="team/app")[0] == "RepositoryNotFoundException"


@pytest.mark.parametrize("tag", ["v1", None])
def test_a_repository_with_any_image_needs_force(kit, tag):
    kit.repository()
    kit.push(tag)
    assert kit.refused("delete_repository", repositoryName="team/app") == (
        "RepositoryNotEmptyException",
        (
            f"The repository with name 'team/app' in registry with id '{ACCOUNT}' cannot be deleted because it still "
            "contains images"
        ),
    )
    assert kit.refused("delete_repository", repositoryName="team/app", force=False)[0] == "RepositoryNotEmptyException"
    kit.client.delete_repository(repositoryName="team/app", force=True)
    assert kit.mock.world.blobs.names() == set()
    assert not {"images", "layers", "uploads", "content-refs"} & set(kit.mock.world.store.dump())


def test_loose_layers_and_open_uploads_do_not_hold_a_repository(kit):
    kit.repository()
    kit.layer(b"loose")
    kit.begin()
    kit.client.delete_repository(repositoryName="team/app")
    assert kit.mock.world.blobs.names() == set()


def test_a_repository_made_anew_begins_empty(kit):
    kit.repository(tags=[{"Key": "old", "Value": "1"}])
    pushed = kit.push("v1")
    kit.client.delete_repository(repositoryName="team/app", force=True)
    made = kit.repository()
    assert kit.ids() == []
    assert kit.availability(kit.sha256(pushed.blobs["layer"])) == "UNAVAILABLE"
    assert kit.client.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == []


# -- accounts and regions never meet


def test_two_accounts_and_two_regions_never_see_each_other(kit, other):
    places = [
        kit,
        other("111122223333", "us-east-1"),
        other(ACCOUNT, "eu-west-1"),
        other("111122223333", "eu-west-1"),
    ]
    for number, place in enumerate(places):
        place.repository("shared")
        place.repository(f"only{number}")
        place.push(f"tag{number}", name="shared")
    for number, place in enumerate(places):
        found = place.client.describe_repositories()["repositories"]
        assert sorted(each["repositoryName"] for each in found) == [f"only{number}", "shared"]
        assert [tag for _, tag in place.ids("shared")] == [f"tag{number}"]
    places[0].client.delete_repository(repositoryName="shared", force=True)
    assert [tag for _, tag in places[3].ids("shared")] == ["tag3"]
    assert places[3].client.describe_repositories(repositoryNames=["shared"])["repositories"][0]["repositoryArn"] == (
        "arn:aws:ecr:eu-west-1:111122223333:repository/shared"
    )


CROSS = {
    "describe_repositories": {"repositoryNames": ["team/app"]},
    "delete_repository": {},
    "create_repository": {},
    "put_image": {"imageManifest": "{}"},
    "describe_images": {},
    "list_images": {},
    "batch_get_image": {"imageIds": [{"imageTag": "v1"}]},
    "batch_delete_image": {"imageIds": [{"imageTag": "v1"}]},
    "initiate_layer_upload": {},
    "upload_layer_part": {
        "uploadId": "00000000-0000-4000-8000-000000000000",
        "partFirstByte": 0,
        "partLastByte": 0,
        "layerPartBlob": b"x",
    },
    "complete_layer_upload": {"uploadId": "00000000-0000-4000-8000-000000000000", "layerDigests": [NOWHERE]},
    "batch_check_layer_availability": {"layerDigests": [NOWHERE]},
    "get_download_url_for_layer": {"layerDigest": NOWHERE},
    "put_image_tag_mutability": {"imageTagMutability": "IMMUTABLE"},
    "put_image_scanning_configuration": {"imageScanningConfiguration": {}},
    "update_image_storage_class": {"imageId": {"imageTag": "v1"}, "targetStorageClass": "ARCHIVE"},
    "set_repository_policy": {"policyText": "{}"},
    "get_repository_policy": {},
    "delete_repository_policy": {},
}


def cross(operation):
    request = {"registryId": ACCOUNT, **CROSS[operation]}
    return request if "repositoryNames" in request else {"repositoryName": "team/app", **request}


@pytest.mark.parametrize("operation", CROSS)
@pytest.mark.parametrize("there", [True, False])
def test_the_registry_of_another_account_is_denied_in_awss_words_there_or_not(kit, other, operation, there):
    if there:
        kit.repository()
    action = "".join(word.capitalize() for word in operation.split("_"))
    before = kit.mock.world.store.dump()
    assert kit.refused(operation, client=other().client, **cross(operation)) == (
        "AccessDeniedException",
        (
            f"User: arn:aws:iam::111122223333:root is not authorized to perform: ecr:{action} on resource: "
            f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app because no resource-based policy allows the "
            f"ecr:{action} action"
        ),
    )
    assert kit.mock.world.store.dump() == before


def test_describing_all_repositories_of_another_account_is_denied_for_all_of_them(kit, other):
    _, message = kit.refused("describe_repositories", client=other().client, registryId=ACCOUNT)
    assert f"on resource: arn:aws:ecr:us-east-1:{ACCOUNT}:repository/* because" in message


def test_fields_are_judged_before_access(kit, other):
    code, _ = kit.refused("describe_images", client=other().client, registryId=ACCOUNT, repositoryName="Bad_Name!")
    assert code == "InvalidParameterException"


@pytest.mark.parametrize("options", [{"iam": "off"}])
def test_without_iam_another_accounts_registry_is_looked_up(kit, other):
    made = kit.repository()
    stranger = other().client
    assert stranger.describe_repositories(registryId=ACCOUNT)["repositories"] == [made]
    assert kit.refused("list_images", client=stranger, registryId=ACCOUNT, repositoryName="gone") == (
        "RepositoryNotFoundException",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    )
    assert kit.refused("list_images", client=stranger, repositoryName="team/app")[1].endswith("'111122223333'")


def test_ones_own_registry_id_changes_nothing(kit):
    kit.repository()
    assert kit.client.list_images(repositoryName="team/app", registryId=ACCOUNT)["imageIds"] == []


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("eu-central-1", "aws", "amazonaws.com"),
    ],
)
def test_arn_and_uri_follow_the_partition(other, region, partition, suffix):
    made = other(ACCOUNT, region).repository("a1")
    assert made["repositoryArn"] == f"arn:{partition}:ecr:{region}:{ACCOUNT}:repository/a1"
    assert made["repositoryUri"] == f"{ACCOUNT}.dkr.ecr.{region}.{suffix}/a1"
