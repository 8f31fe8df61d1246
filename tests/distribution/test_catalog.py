"""ecrmock.distribution.tags.catalog: the names of the repositories (facts/registry 1.8, 2.10)."""

import pytest

CATALOG = "/v2/_catalog"
NAMES = ["a-1", "a1", "a1/b", "team/app", "z9"]


@pytest.fixture
def full(docker):
    for name in reversed(NAMES):
        docker.repository(name)
    return sorted(NAMES)


def test_an_empty_registry_is_an_empty_array(docker):
    answer = docker("GET", CATALOG)
    assert (answer.status_code, answer.json) == (200, {"repositories": []})
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "Link" not in answer.headers


def test_all_names_in_order(docker, full):
    answer = docker("GET", CATALOG)
    assert answer.json == {"repositories": full}
    assert "Link" not in answer.headers
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_links_lead_to_the_end(docker, full, size):
    path, found = f"{CATALOG}?n={size}", []
    while path:
        answer = docker("GET", path)
        found.append(answer.json["repositories"])
        link = answer.headers.get("Link")
        path = None
        if link:
            assert link.startswith(f"<{CATALOG}?n={size}&last=")
            assert link.endswith('>; rel="next"')
            path = link[1:].partition(">")[0]
    assert [name for page in found for name in page] == full
    assert all(len(page) == size for page in found[:-1])
    assert found[-1]


@pytest.mark.parametrize("last", ["a1", "a2", "team", "team/app", "zz", ""])
def test_last_begins_strictly_after_whether_it_exists_or_not(docker, full, last):
    assert docker("GET", f"{CATALOG}?last={last}").json["repositories"] == [name for name in full if name > last]


def test_n_of_zero_is_empty_and_a_thousand_is_the_most(docker, full):
    answer = docker("GET", f"{CATALOG}?n=0")
    assert (answer.json, "Link" in answer.headers) == ({"repositories": []}, False)
    assert docker("GET", f"{CATALOG}?n=1000").json == {"repositories": full}
    for size in ("1001", "-1", "x"):
        assert docker.refused("GET", f"{CATALOG}?n={size}")[:2] == (405, "UNSUPPORTED")


def test_pages_without_n_hold_a_hundred(docker):
    for number in range(101):
        docker.repository(f"r{number:03}")
    answer = docker("GET", CATALOG)
    assert len(answer.json["repositories"]) == 100
    rest = docker("GET", answer.headers["Link"][1:].partition(">")[0])
    assert rest.json == {"repositories": ["r100"]}


def test_it_is_the_registry_that_is_addressed(docker, full):
    docker.api("CreateRepository", region="eu-west-1", repositoryName="elsewhere")
    docker.api("CreateRepository", account="111122223333", repositoryName="theirs")
    host, eu = "http://123456789012.dkr.ecr.eu-west-1.amazonaws.com", docker.token(region="eu-west-1")
    assert docker("GET", CATALOG, host=host, login=eu).json == {"repositories": ["elsewhere"]}
    selected = "/v2/123456789012.dkr.ecr.us-east-1/_catalog"
    answer = docker("GET", f"{selected}?n=1")
    assert answer.json == {"repositories": full[:1]}
    assert answer.headers["Link"] == f'<{selected}?n=1&last={full[0]}>; rel="next"'
    theirs = docker("GET", CATALOG, login=docker.token("111122223333"))
    assert theirs.json == {"repositories": ["theirs"]}
    assert docker.refused("GET", selected, login=docker.token("111122223333"))[:2] == (403, "DENIED")


def test_head_and_methods_that_are_not_offered(docker, full):
    head, got = docker("HEAD", CATALOG), docker("GET", CATALOG)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.data))
    answer = docker("DELETE", CATALOG)
    assert docker.refusal(answer)[:2] == (405, "UNSUPPORTED")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert full


def test_it_is_recorded_and_needs_a_login(docker):
    docker("GET", CATALOG)
    assert docker.calls[-1] == ("DescribeRepositories", None)
    assert docker("GET", CATALOG, login=None).status_code == 401


def test_a_repository_may_have_a_name_that_looks_like_it(docker):
    docker.repository("catalog")
    assert docker("GET", "/v2/catalog/tags/list").status_code == 200
    assert docker("GET", "/v2/team/_catalog").status_code == 404
