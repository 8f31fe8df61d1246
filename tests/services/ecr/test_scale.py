"""Listing costs a page, not a repository: boto3's paginators over many repositories and images."""

import json

import pytest
from constants import OCI

from ecrmock.domain.images.image import IMAGES
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow


@pytest.fixture
def many(kit):
    """250 repositories, and 1,050 images in the first, put through the domain."""
    world = kit.mock.world

    def repositories():
        registry = world.of(Registry, "123456789012", "us-east-1")
        for number in range(250):
            registry.create(RepositoryRow(f"team/a{number:03}", world.clock.now()))

    world.transact(repositories)
    first = kit.push("v0", name="team/a000")
    manifest = json.loads(first.manifest)
    for number in range(1, 1050):
        text = json.dumps({**manifest, "annotations": {"n": str(number)}})
        kit.client.put_image(
            repositoryName="team/a000",
            imageManifest=text,
            imageManifestMediaType=OCI,
            **({"imageTag": f"v{number}"} if number % 2 else {}),
        )
    return kit


def pages(kit, operation, **request):
    return list(kit.client.get_paginator(operation).paginate(**request))


def test_paginators_see_everything_once(many):
    found = pages(many, "describe_repositories")
    assert [len(page["repositories"]) for page in found] == [100, 100, 50]
    names = [row["repositoryName"] for page in found for row in page["repositories"]]
    assert len(set(names)) == 250

    described = pages(many, "describe_images", repositoryName="team/a000", PaginationConfig={"PageSize": 1000})
    assert [len(page["imageDetails"]) for page in described] == [1000, 50]
    digests = [row["imageDigest"] for page in described for row in page["imageDetails"]]
    assert len(set(digests)) == 1050

    listed = pages(many, "list_images", repositoryName="team/a000")
    assert [len(page["imageIds"]) for page in listed] == [100] * 10 + [50]
    assert {row["imageDigest"] for page in listed for row in page["imageIds"]} == set(digests)
    tagged = pages(many, "list_images", repositoryName="team/a000", filter={"tagStatus": "TAGGED"})
    assert sum(len(page["imageIds"]) for page in tagged) == 526
    untagged = pages(many, "describe_images", repositoryName="team/a000", filter={"tagStatus": "UNTAGGED"})
    assert sum(len(page["imageDetails"]) for page in untagged) == 524


def test_a_page_touches_a_page_of_rows_wherever_it_stands(many, monkeypatch):
    """What a page costs, counted in rows looked at instead of time."""
    rows = many.mock.world.store.table(IMAGES)
    seen = []
    walk = type(rows).walk

    def counted(table, partition, index, after=None):
        for item in walk(table, partition, index, after):
            if table is rows:
                seen.append(1)
            yield item

    monkeypatch.setattr(type(rows), "walk", counted)
    token = {}
    for _ in range(10):
        seen.clear()
        page = many.client.describe_images(repositoryName="team/a000", maxResults=100, **token)
        assert len(seen) <= 102
        token = {"nextToken": page["nextToken"]}
