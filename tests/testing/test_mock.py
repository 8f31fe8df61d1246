"""ecrmock.testing.mock: boto3 in process, around everything people decorate."""

import asyncio
import datetime as dt
import inspect
import json
import os
import threading
import unittest
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

from ecrmock import EcrMock, mock_ecr

EARLY = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")


def names(client=None):
    return [row["repositoryName"] for row in (client or boto3.client("ecr")).describe_repositories()["repositories"]]


# -- functions


@mock_ecr
def test_decorator_answers_in_process():
    made = boto3.client("ecr").create_repository(repositoryName="team/app")["repository"]
    assert made["repositoryUri"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"


@mock_ecr(account="111122223333")
def test_decorator_with_brackets_takes_settings():
    assert boto3.client("ecr").create_repository(repositoryName="a1")["repository"]["registryId"] == "111122223333"


def test_a_parameter_called_aws_is_given_the_mock_and_hidden_from_pytest():
    @mock_ecr
    def inside(number, aws):
        names()
        return number, [call.action for call in aws.calls]

    assert inside(3) == (3, ["DescribeRepositories"])
    assert list(inspect.signature(inside).parameters) == ["number"]


def test_a_coroutine_function_runs_inside():
    @mock_ecr
    async def inside():
        await asyncio.sleep(0)
        boto3.client("ecr").create_repository(repositoryName="a1")
        return names()

    assert inspect.iscoroutinefunction(inside)
    assert asyncio.run(inside()) == ["a1"]


def test_a_generator_runs_inside_until_it_ends():
    @mock_ecr
    def inside():
        yield names()
        EARLY.create_repository(repositoryName="a1")
        yield names(EARLY)

    assert list(inside()) == [[], ["a1"]]


def test_a_decorated_function_may_run_in_many_threads_and_call_itself():
    @mock_ecr
    def inside(depth):
        EARLY.create_repository(repositoryName=f"a{depth}")
        if depth:
            inside(depth - 1)
        return names(EARLY)

    assert inside(2) == ["a0", "a1", "a2"]


def test_each_entry_begins_empty_and_clients_made_before_are_covered():
    for _ in range(2):
        with mock_ecr() as ecr:
            assert EARLY.describe_repositories()["repositories"] == []
            EARLY.create_repository(repositoryName="a1")
            assert [call.action for call in ecr.calls] == ["DescribeRepositories", "CreateRepository"]


def test_async_with():
    async def inside():
        async with mock_ecr() as ecr:
            names()
            return len(ecr.calls)

    assert asyncio.run(inside()) == 1


def test_start_and_stop_by_hand_and_reset():
    mock = mock_ecr().start()
    EARLY.create_repository(repositoryName="a1")
    mock.reset()
    assert names(EARLY) == []
    mock.stop()
    with pytest.raises(RuntimeError, match="not active"):
        mock.stop()


# -- classes


@mock_ecr
class TestPlainClass:
    def setup_method(self):
        EARLY.create_repository(repositoryName="set/up")

    def test_set_up_is_inside(self):
        EARLY.create_repository(repositoryName="one")
        assert names(EARLY) == ["one", "set/up"]

    def test_each_test_has_a_world_of_its_own(self):
        assert names(EARLY) == ["set/up"]


def test_a_method_called_by_hand_has_a_mock_of_its_own():
    @mock_ecr
    class Cases:
        def test_one(self, aws):
            return names(EARLY), len(aws.calls)

        async def test_two(self):
            return names(EARLY)

    assert Cases().test_one() == ([], 1)
    assert asyncio.run(Cases().test_two()) == []


@mock_ecr
class TestUnittest(unittest.TestCase):
    def setUp(self):
        self.client = boto3.client("ecr")
        self.client.create_repository(repositoryName="set/up")

    def test_one(self):
        self.client.create_repository(repositoryName="one")
        self.assertEqual(names(self.client), ["one", "set/up"])

    def test_two(self):
        self.assertEqual(names(self.client), ["set/up"])


@mock_ecr
class TestAsyncUnittest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        EARLY.create_repository(repositoryName="set/up")

    async def test_one(self):
        EARLY.create_repository(repositoryName="one")
        self.assertEqual(names(EARLY), ["one", "set/up"])

    async def test_two(self):
        self.assertEqual(names(EARLY), ["set/up"])


@mock_ecr
class TestClassSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        EARLY.create_repository(repositoryName="for/all")

    def test_one(self):
        self.assertIn("for/all", names(EARLY))

    def test_two(self):
        self.assertIn("for/all", names(EARLY))


def test_the_classes_above_left_nothing_active():
    with mock_ecr() as mock:
        assert mock.calls == []


# -- environment and the world outside


def test_environment_is_fake_inside_and_put_back(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_PROFILE", "my-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with mock_ecr():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
        assert "AWS_PROFILE" not in os.environ
        assert names() == []
    assert os.environ["AWS_ACCESS_KEY_ID"] == "mine"
    assert os.environ["AWS_PROFILE"] == "my-profile"
    assert os.environ["AWS_ENDPOINT_URL"] == "http://localhost:1"
    assert "AWS_SECRET_ACCESS_KEY" not in os.environ


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("s3", "list_buckets"),
        ("sqs", "list_queues"),
        ("dynamodb", "list_tables"),
        ("ecr-public", "describe_repositories"),
    ],
)
@mock_ecr
def test_other_aws_services_are_refused_with_a_way_out(service, operation):
    client = boto3.client(service, region_name="us-east-1")
    with pytest.raises(ClientError, match=rf"service '{service}'.*passthrough=\['{service}'\]"):
        getattr(client, operation)()


def test_a_service_may_pass_when_asked(monkeypatch):
    seen = []

    def network(_session, request):
        seen.append(request.url)
        raise ConnectionError

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", network)
    with mock_ecr(passthrough=["sqs"]):
        quiet = boto3.session.Config(retries={"max_attempts": 0})
        with pytest.raises(ConnectionError):
            boto3.client("sqs", config=quiet).list_queues()
        with pytest.raises(ClientError):
            boto3.client("sns", config=quiet).list_topics()
        assert names() == []
    assert [url for url in seen if "sqs" in url] == seen != []


def test_outside_the_mock_its_world_is_refused():
    with pytest.raises(RuntimeError, match="not active"):
        _ = mock_ecr().world
    with mock_ecr() as ecr, pytest.raises(RuntimeError, match="active already"):
        ecr.start()
    with mock_ecr() as ecr, pytest.raises(RuntimeError, match="server=True"):
        _ = ecr.url


# -- worlds


def test_an_isolated_mock_has_a_world_of_its_own_inside_another():
    with mock_ecr() as outer:
        EARLY.create_repository(repositoryName="outer")
        with mock_ecr(isolated=True) as inner:
            assert names(EARLY) == []
            EARLY.create_repository(repositoryName="inner")
            assert names(EARLY) == ["inner"]
            assert inner.world is not outer.world
        assert names(EARLY) == ["outer"]


def test_threads_share_the_world():
    with mock_ecr():
        threads = [
            threading.Thread(target=lambda n=n: EARLY.create_repository(repositoryName=f"team/a{n}")) for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(names(EARLY)) == 8


def test_the_clock_moves_and_says_what_fell_due():
    with mock_ecr() as mock:
        client = boto3.client("ecr")
        client.create_repository(repositoryName="team/app")
        client.initiate_layer_upload(repositoryName="team/app")
        assert mock.clock.advance(hours=23) == []
        (row,) = mock.clock.advance(dt.timedelta(hours=2))
        assert row.kind == "expire-upload"
        mock.clock.freeze(dt.datetime(2030, 1, 1))
        assert mock.clock.now() == dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        made = client.create_repository(repositoryName="team/b")["repository"]
        assert made["createdAt"] == mock.clock.now()
        mock.clock.travel("2031-01-01T00:00:00Z")
        mock.clock.advance("P1D")
        assert mock.clock.now() == dt.datetime(2031, 1, 2, tzinfo=dt.UTC)
        with pytest.raises(ValueError, match="forward"):
            mock.clock.travel("2030-01-01")
        mock.clock.resume()
        assert not mock.clock.frozen


def test_a_socket_on_the_same_world():
    with mock_ecr(server=True) as mock:
        EARLY.create_repository(repositoryName="team/app")
        with urllib.request.urlopen(f"{mock.url}/_ecrmock/health") as answer:
            assert json.load(answer)["status"] == "ok"
        there = boto3.client("ecr", endpoint_url=mock.url, region_name="eu-west-1")
        (row,) = there.describe_repositories()["repositories"]
        assert row["repositoryUri"] == f"{mock.registry_host}/123456789012.dkr.ecr.eu-west-1/team/app"
        url = mock.url
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/_ecrmock/health")


def test_time_machines_are_respected():
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel("2029-05-05T00:00:00Z", tick=False), mock_ecr() as mock:
        assert mock.clock.now() == dt.datetime(2029, 5, 5, tzinfo=dt.UTC)


def test_the_mock_is_a_type_of_its_own():
    assert isinstance(mock_ecr(), EcrMock)
