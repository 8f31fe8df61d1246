"""ecrmock.domain.pull_through.upstreams: where an upstream is reached, as it is written."""

import pytest

from ecrmock import mock_ecr
from ecrmock.domain.pull_through.upstreams import Target, target, targets, upstream_of


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:5001",
        "https://registry.example.com",
        "http://127.0.0.1:5001/mirror/hub",
        "http://[::1]:5001",
        "internet",
    ],
)
def test_an_address(text):
    assert target(text) == Target(text)


def test_a_slash_at_the_end_a_folder_and_an_authority(tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    assert target("http://localhost/") == Target("http://localhost")
    assert target(str(tmp_path)) == Target(str(tmp_path))
    assert target(f"https://localhost,ca={tmp_path}/ca.pem").ca == tmp_path / "ca.pem"
    assert target(f"internet,ca={tmp_path}/ca.pem").text == "internet"
    told = target(f"https://a.example,realm=B.example,ca={tmp_path}/ca.pem,realm=::1")
    assert told == Target("https://a.example", tmp_path / "ca.pem", ("b.example", "::1"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://localhost",
        "http://",
        "http://localhost:x",
        "http://localhost:99999",
        "http://ann:s@localhost",
        "http://localhost/a?b",
        "http://localhost/#a",
        "http://localhost/A B",
        "localhost:5001",
        "/no/such/folder",
        "http://localhost,ca=/no/such/file",
        "http://localhost,insecure",
        "/,ca=/etc/hostname",
        "/,realm=auth.example",
        "http://localhost,realm=",
        "http://localhost,realm=https://auth.example",
        "http://localhost,",
    ],
)
def test_what_is_none_is_told_in_one_line(text):
    with pytest.raises(ValueError, match="upstream quay") as caught:
        target(text, "quay")
    assert "\n" not in str(caught.value)


def test_an_upstream_is_named_by_kind_or_host():
    pairs = (("quay", "internet"), ("mine.azurecr.io", "internet"), ("public.ecr.aws", "internet"))
    assert list(targets(pairs)) == ["quay", "mine.azurecr.io", "public.ecr.aws"]
    with pytest.raises(ValueError, match="upstream 'quai': neither one of ecr, ecr-public"):
        targets((("quai", "internet"),))
    assert upstream_of("ghcr.io").kind == "github-container-registry"
    assert upstream_of("example.com") is None


def test_a_mock_with_an_upstream_that_cannot_be_does_not_start():
    with pytest.raises(ValueError, match="upstream quay"), mock_ecr(upstreams={"quay": "nonsense"}):
        pytest.fail("it started")
