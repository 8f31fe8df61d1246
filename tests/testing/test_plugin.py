"""ecrmock.testing.plugin: a fresh project with no configuration."""

import pytest

EIGHT_LINES = """
import boto3
ecr_at_import = boto3.client("ecr", region_name="us-east-1")

def test_repository(ecr):
    ecr.create_repository(repositoryName="team/app")
    assert ecr_at_import.describe_repositories()["repositories"][0]["repositoryName"] == "team/app"
"""

FORMS = """
import unittest, json, urllib.request, pytest, boto3
from ecrmock import mock_ecr

@pytest.mark.asyncio
async def test_async(ecr):
    assert ecr.describe_repositories()["repositories"] == []

class TestClass:
    def test_method(self, ecr):
        assert type(ecr).__name__ == "ECR"
        ecr.create_repository(repositoryName="one")

@mock_ecr
class TestCase(unittest.TestCase):
    def test_unittest(self):
        assert boto3.client("ecr", region_name="us-east-1").describe_repositories()["repositories"] == []

@pytest.mark.ecrmock(account="111122223333", region="eu-west-1")
def test_marker(ecr, ecrmock):
    arn = ecr.create_repository(repositoryName="one")["repository"]["repositoryArn"]
    assert arn == "arn:aws:ecr:eu-west-1:111122223333:repository/one"
    assert len(ecrmock.calls) == 1

def test_server(ecrmock_server):
    with urllib.request.urlopen(ecrmock_server.url + "/_ecrmock/health") as answer:
        assert json.load(answer)["status"] == "ok"

@pytest.mark.parametrize("n", range(8))
def test_own_world(ecr, n):
    ecr.create_repository(repositoryName="same")
"""


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("options", [("-p", "no:xdist"), ("-n", "2")])
def test_every_form_passes_and_ecr_public_is_refused_clearly(pytester, options):
    """One run for all: most of its time is the start of a process."""
    pytester.makepyfile(test_eight=EIGHT_LINES, test_forms=FORMS, test_public="def test_public(ecr_public): pass")
    result = pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=1 + 13, errors=1)
    result.stdout.fnmatch_lines(["*ecrmock does not answer ECR Public yet*"])


def test_the_plugin_costs_nothing_where_it_is_not_used(pytester):
    pytester.makepyfile(
        """
        import sys
        def test_nothing_is_loaded():
            loaded = {name.partition(".")[0] for name in sys.modules}
            assert loaded.isdisjoint({"botocore", "boto3", "flask", "werkzeug", "granian", "jsonschema", "yaml"})
            assert "ecrmock.app" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)


MARKS = """
import pytest
from ecrmock.testing import EcrMock, marker

@marker(account="111122223333", passthrough=["sts"])
def test_typed(ecrmock: EcrMock):
    assert ecrmock.world.settings.account == "111122223333"

@pytest.mark.ecrmock(server=False)
def test_the_server_fixture_has_a_socket(ecrmock_server):
    assert ecrmock_server.url

@pytest.mark.ecrmock(lenint=True)
def test_misspelt(ecrmock): ...

@pytest.mark.ecrmock("lenient")
def test_by_place(ecrmock): ...
"""


def test_options_of_the_marker(pytester):
    pytester.makepyfile(MARKS)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        ["*mock_ecr has no option 'lenint'; did you mean 'lenient'?*", "*takes its options by name, not 'lenient'*"]
    )
