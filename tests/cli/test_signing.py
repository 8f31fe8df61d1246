"""ecrmock.cli.signing: the certificate of a running ecrmock, for a trust store."""

import socket

import pytest
from click.testing import CliRunner
from cryptography import x509

from ecrmock import mock_ecr
from ecrmock.cli import main

ARN = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/one"


@pytest.fixture
def served():
    with mock_ecr(server=True) as mock:
        yield mock


def run(*options, **variables):
    return CliRunner().invoke(main, ["signing-certificate", *options], env=variables)


def test_the_root_and_the_chain(served):
    root = run(ARN, "--url", served.url)
    assert root.exit_code == 0, root.output
    assert root.output == served.signing_certificate(ARN)
    (found,) = x509.load_pem_x509_certificates(root.output.encode())
    chain = run(ARN, "--chain", ECRMOCK_URL=served.url + "/").output
    leaf, last = x509.load_pem_x509_certificates(chain.encode())
    assert last == found
    leaf.verify_directly_issued_by(last)


def test_what_is_no_profile_is_told(served):
    done = run("nonsense", "--url", served.url)
    assert (done.exit_code, done.output) == (1, "Error: 'nonsense' is no ARN of a signing profile\n")


def test_where_nothing_listens_or_somebody_else():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = run(ARN, "--url", f"http://127.0.0.1:{port}")
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: nothing answers at http://127.0.0.1:{port}: ")
    done = run(ARN, "--url", "localhost:8327")
    assert done.exit_code == 2
    assert "an address begins with http:// or https://" in done.output


def test_an_answer_that_is_none_of_ours(served):
    served.front._build = lambda: lambda _environ, start: (start("200 OK", []), [b"<html>"])[1]
    done = run(ARN, "--url", f"{served.url}/elsewhere")
    assert (done.exit_code, done.output) == (1, f"Error: what answers at {served.url}/elsewhere is no ecrmock\n")
