"""ecrmock.services.ecr.paging: the lists page by page."""

import json

import pytest

LENIENT = {"lenient": True}


def images(kit, count, name="team/app", start=0):
    """So many images with a tag each, of layers that were never uploaded; their digests."""
    made = []
    for number in range(start, start + count):
        manifest = kit.manifest(b"config", f"layer {number}".encode())
        made.append(kit.put(manifest, f"t{number:03}", name)["imageId"]["imageDigest"])
    return made


LISTS = {
    "describe_repositories": ("repositories", {}),
    "list_images": ("imageIds", {"repositoryName": "team/app"}),
    "describe_images": ("imageDetails", {"repositoryName": "team/app"}),
}


def named(item):
    return item.get("imageDigest") or item["repositoryName"]


def pages(kit, operation, between=None, **more):
    """Every page to the end; `between` runs after each."""
    member, request = LISTS[operation]
    found, token = [], None
    while True:
        if token is not None:
            more["nextToken"] = token
        answer = getattr(kit.client, operation)(**request, **more)
        assert set(answer) <= {member, "nextToken", "ResponseMetadata"}
        found.append([named(item) for item in answer[member]])
        token = answer.get("nextToken")
        if token is None:
            return found
        if between:
            between(len(found))


@pytest.fixture
def full(kit):
    """Seven images, and with their own six further repositories."""
    kit.repository()
    for number in range(6):
        kit.repository(f"r{number}")
    return images(kit, 7)


@pytest.mark.parametrize("options", [LENIENT])
@pytest.mark.parametrize("operation", LISTS)
def test_pages_hold_everything_once_and_the_last_has_no_token(kit, full, operation):
    for size in (1, 3, 6, 7, 8, 1000):
        found = pages(kit, operation, maxResults=size)
        assert all(len(page) == size for page in found[:-1])
        assert len(found[-1]) in range(1, size + 1)
        everything = [item for page in found for item in page]
        assert len(everything) == len(set(everything)) == 7
        if operation != "describe_repositories":
            assert sorted(everything) == sorted(full)


@pytest.mark.parametrize("options", [LENIENT])
def test_botos_paginators_find_everything(kit, full):
    for operation, (member, request) in LISTS.items():
        paginator = kit.client.get_paginator(operation)
        result = paginator.paginate(**request, PaginationConfig={"PageSize": 2}).build_full_result()
        assert len(result[member]) == 7
    assert len(full) == 7


def test_without_max_results_a_page_is_a_hundred(kit):
    for number in range(101):
        kit.repository(f"r{number}")
    assert [len(page) for page in pages(kit, "describe_repositories")] == [100, 1]


@pytest.mark.parametrize("options", [LENIENT])
def test_entries_are_counted_not_images(kit):
    kit.repository()
    manifest = kit.manifest(b"config", b"layer")
    for tag in "abcde":
        kit.put(manifest, tag)
    first = kit.client.list_images(repositoryName="team/app", maxResults=2)
    assert len(first["imageIds"]) == 2
    second = kit.client.list_images(repositoryName="team/app", maxResults=2, nextToken=first["nextToken"])
    third = kit.client.list_images(repositoryName="team/app", maxResults=2, nextToken=second["nextToken"])
    tags = [each["imageTag"] for answer in (first, second, third) for each in answer["imageIds"]]
    assert sorted(tags) == list("abcde")
    assert "nextToken" not in third


@pytest.mark.parametrize("options", [LENIENT])
@pytest.mark.parametrize("operation", ["list_images", "describe_images"])
def test_pages_stay_true_while_images_come_and_go(kit, full, operation):
    def change(page):
        # the last one seen, one seen before, and one not yet seen go; others come
        gone = {1: [1, 0, 4], 2: [5]}.get(page, [])
        ids = [{"imageDigest": full[place]} for place in gone]
        if ids:
            kit.client.batch_delete_image(repositoryName="team/app", imageIds=ids)
        if page == 1:
            images(kit, 2, start=50)

    found = [item for page in pages(kit, operation, change, maxResults=2) for item in page]
    assert len(found) == len(set(found))
    assert {full[place] for place in (0, 1, 2, 3, 6)} <= set(found)
    assert full[4] not in found


def test_pages_of_repositories_stay_true_while_they_come_and_go(kit):
    for number in range(7):
        kit.repository(f"r{number}")

    def change(page):
        for name in {1: ["r1", "r0", "r4"], 2: ["r5"]}.get(page, []):
            kit.client.delete_repository(repositoryName=name)
        if page == 1:
            kit.repository("a0")

    found = [name for page in pages(kit, "describe_repositories", change, maxResults=2) for name in page]
    assert len(found) == len(set(found))
    assert {"r0", "r1", "r2", "r3", "r6"} <= set(found)
    assert "r4" not in found


@pytest.mark.parametrize("options", [LENIENT])
def test_filters_apply_inside_pages(kit, full):
    for number in (1, 3):
        kit.put(kit.manifest(b"config", f"layer {number + 90}".encode()), f"t{number:03}")
    untagged = {full[1], full[3]}
    for operation in ("list_images", "describe_images"):
        found = pages(kit, operation, maxResults=1, filter={"tagStatus": "UNTAGGED"})
        assert {item for page in found for item in page} == untagged
        tagged = pages(kit, operation, maxResults=2, filter={"tagStatus": "TAGGED"})
        assert len([item for page in tagged for item in page]) == 7
        assert untagged.isdisjoint(item for page in tagged for item in page)


REFUSED = (
    "InvalidParameterException",
    "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'",
)


@pytest.mark.parametrize("options", [LENIENT])
def test_a_token_of_another_list_is_refused(kit, other, full):
    kit.repository("other")
    images(kit, 3, "other")
    away = other("123456789012", "eu-west-1")
    away.repository()
    token = kit.client.list_images(repositoryName="team/app", maxResults=2)["nextToken"]
    kit.client.list_images(repositoryName="team/app", nextToken=token)
    assert kit.refused("list_images", repositoryName="other", nextToken=token) == REFUSED
    assert kit.refused("describe_images", repositoryName="team/app", nextToken=token) == REFUSED
    assert kit.refused("describe_repositories", nextToken=token) == REFUSED
    assert kit.refused("list_images", client=away.client, repositoryName="team/app", nextToken=token) == REFUSED
    assert len(full) == 7


@pytest.mark.parametrize("operation", LISTS)
def test_a_token_that_was_never_given_out_is_refused(kit, operation):
    kit.repository()
    for token in ("nonsense", "AAAA", "é", "", json.dumps(["x"]), "!" * 400):
        assert kit.refused(operation, **LISTS[operation][1], nextToken=token) == REFUSED


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize(
    ("size", "bound"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000"), (-1, "greater than")]
)
def test_a_page_holds_one_to_a_thousand(kit, operation, size, bound):
    kit.repository()
    code, message = kit.refused(operation, **LISTS[operation][1], maxResults=size)
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value")
    assert bound in message


@pytest.mark.parametrize("options", [LENIENT])
@pytest.mark.parametrize("member", ["maxResults", "nextToken"])
def test_paging_does_not_go_with_named_items(kit, full, member):
    token = kit.client.describe_images(repositoryName="team/app", maxResults=1)["nextToken"]
    value = {"maxResults": 5, "nextToken": token}[member]
    ids = [{"imageDigest": full[0]}]
    code, message = kit.refused("describe_images", repositoryName="team/app", imageIds=ids, **{member: value})
    assert code == "InvalidParameterException"
    assert message.startswith(f"Invalid parameter at '{member}' failed to satisfy constraint: '")
    code, message = kit.refused("describe_repositories", repositoryNames=["team/app"], **{member: value})
    assert code == "InvalidParameterException"
    assert message.startswith(f"Invalid parameter at '{member}' failed to satisfy constraint: '")
