"""ecrmock.cli.clock: the clock of a running server, moved from a shell."""

import pytest
from click.testing import CliRunner

from ecrmock import mock_ecr
from ecrmock.cli import main


@pytest.fixture
def server():
    with mock_ecr(server=True, lenient=True) as mock:
        yield mock


@pytest.fixture
def clock(server):
    """Run `ecrmock clock`; its lines."""

    def run(*words):
        result = CliRunner().invoke(main, ["clock", *words], env={"ECRMOCK_URL": server.url})
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    return run


def test_the_five_words(clock, server):
    assert clock("freeze", "2026-01-01T00:00:00Z") == ["2026-01-01T00:00:00.000Z (frozen)"]
    assert clock() == clock("now") == ["2026-01-01T00:00:00.000Z (frozen)"]
    assert clock("advance", "P15D") == ["2026-01-16T00:00:00.000Z (frozen)"]
    assert clock("advance", "90") == ["2026-01-16T00:01:30.000Z (frozen)"]
    assert clock("travel", "1800000000") == ["2027-01-15T08:00:00.000Z (frozen)"]
    assert clock("resume")[0].startswith("2027-01-15T08:00:0")
    assert not server.clock.frozen
    clock("freeze")
    assert server.clock.frozen


def test_what_was_done_on_the_way_is_told(clock, server):
    import boto3  # noqa: PLC0415 (a client of this mock alone)

    client = boto3.client("ecr", "us-east-1")
    client.create_repository(repositoryName="app")
    upload = client.initiate_layer_upload(repositoryName="app")["uploadId"]
    *done, now = clock("advance", "P2D")
    assert [line.split()[1:] for line in done] == [["expire-upload", "123456789012", "us-east-1", "app", upload]]
    assert now.startswith(server.clock.now().isoformat()[:16])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["travel", "1999-01-01T00:00:00Z"], "the clock only moves forward"),
        (["advance", "soon"], "soon"),
        (["--url", "ftp://here", "now"], "no http or https address"),
        (["--url", "http://127.0.0.1:9", "now"], "no ecrmock answers at http://127.0.0.1:9"),
        (["travel"], "Missing argument"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(server, words, told):
    result = CliRunner().invoke(main, ["clock", *words], env={"ECRMOCK_URL": server.url})
    assert result.exit_code != 0
    assert told in result.output
    assert "Traceback" not in result.output
