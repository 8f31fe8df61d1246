"""ecrmock.cli.signing: the certificate of a running ecrmock, for a trust store."""

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
