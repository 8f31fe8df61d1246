"""ecrmock.distribution.tags: tags/list (facts/registry 1.8)."""

import pytest

TOO_MANY = "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal"
LIST = "/v2/team/app/tags/list"


@pytest.fixture
def tagged(docker):
    """One image under seven tags, another untagged."""
    docker.repository()
    pushed = docker.push("b", "one")
    for tag in ("a", "C", "_z", "d.1", "d-1", "10"):
        docker.put(pushed.manifest, tag)
    docker.push(None, "untagged")
    return sorted(["b", "a", "C", "_z", "d.1", "d-1", "10"])


def test_no_tags_are_an_empty_array(docker):
    docker.repository()
    answer = docker("GET", LIST)
    assert (answer.status_code, answer.json) == (200, {"name": "team/app", "tags": []})
    assert "Link" not in answer.headers


def test_all_tags_in_order_and_no_untagged_image(docker, tagged):
    answer = docker("GET", LIST)
    assert answer.json == {"name": "team/app", "tags": tagged}
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "Link" not in answer.headers


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_links_lead_to_the_end(docker, tagged, size):
    path, found = f"{LIST}?n={size}", []
    while path:
        answer = docker("GET", path)
        found.append(answer.json["tags"])
        link = answer.headers.get("Link")
        path = None
        if link:
            assert link.startswith(f"<{LIST}?n={size}&last=")
            assert link.endswith('>; rel="next"')
            path = link[1:].partition(">")[0]
    assert [tag for page in found for tag in page] == tagged
    assert all(len(page) == size for page in found[:-1])
    assert found[-1]


def test_n_of_zero_is_empty_without_a_link(docker, tagged):
    answer = docker("GET", f"{LIST}?n=0")
    assert (answer.status_code, answer.json["tags"]) == (200, [])
    assert "Link" not in answer.headers
    assert tagged


@pytest.mark.parametrize("last", ["a", "aa", "_", "", "zzz", "0"])
def test_last_begins_strictly_after_whether_it_exists_or_not(docker, tagged, last):
    assert docker("GET", f"{LIST}?last={last}").json["tags"] == [tag for tag in tagged if tag > last]
    assert docker("GET", f"{LIST}?n=2&last={last}").json["tags"] == [tag for tag in tagged if tag > last][:2]


def test_a_thousand_is_the_most(docker):
    docker.repository()
    assert docker("GET", f"{LIST}?n=1000").status_code == 200
    assert docker.refused("GET", f"{LIST}?n=1001") == (405, "UNSUPPORTED", f"{TOO_MANY} to 1000'")
    assert docker.refused("GET", f"{LIST}?n={10**30}")[:2] == (405, "UNSUPPORTED")


@pytest.mark.parametrize("n", ["-1", "x", "1.5", "", "²"])
def test_what_is_no_number_is_refused(docker, n):
    docker.repository()
    assert docker.refused("GET", f"{LIST}?n={n}")[:2] == (405, "UNSUPPORTED")


def test_pages_without_n_hold_a_hundred(docker):
    docker.repository()
    pushed = docker.push("t000")
    for number in range(1, 101):
        docker.put(pushed.manifest, f"t{number:03}")
    answer = docker("GET", LIST)
    assert len(answer.json["tags"]) == 100
    rest = docker("GET", answer.headers["Link"][1:].partition(">")[0])
    assert rest.json["tags"] == ["t100"]


def test_a_missing_repository_is_not_known(docker):
    assert docker.refused("GET", "/v2/gone/tags/list") == (
        404,
        "NAME_UNKNOWN",
        "The repository with name 'gone' does not exist in the registry with id '123456789012'",
    )


def test_head_tells_the_length_without_a_body(docker, tagged):
    head, got = docker("HEAD", LIST), docker("GET", LIST)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.data))
    assert tagged


def test_tags_come_and_go_between_pages(docker, tagged):
    first = docker("GET", f"{LIST}?n=3")
    docker("DELETE", f"/v2/team/app/manifests/{tagged[2]}")
    docker("DELETE", f"/v2/team/app/manifests/{tagged[4]}")
    rest = docker("GET", first.headers["Link"][1:].partition(">")[0].replace("n=3", "n=9"))
    assert rest.json["tags"] == [tagged[3], *tagged[5:]]
