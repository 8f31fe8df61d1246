"""ecrmock.domain.signing.notation: keys, certificates and envelopes, against the Notary Project's rules."""

import base64
import datetime as dt
import json
import sys

import cryptography
import pytest
from constants import NOON, NOWHERE, OCI
from cryptography.exceptions import InvalidSignature
from kit_notary import thumbprints, verified

from ecrmock.base.extras import MissingExtraError
from ecrmock.domain.signing import notation
from ecrmock.domain.signing.notation import Signer

ARN = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/one"
TARGET = {"mediaType": OCI, "digest": NOWHERE, "size": 7}


@pytest.fixture
def signer():
    return Signer(b"secret", ARN)


@pytest.mark.parametrize("at", [NOON, 0.0, 253_402_300_799.0])
def test_an_envelope_holds_at_any_time(signer, at):
    envelope = signer.envelope(TARGET, at)
    assert verified(envelope, signer.root) == (TARGET, dt.datetime.fromtimestamp(int(at), dt.UTC))
    assert thumbprints(envelope) == signer.thumbprints


def test_the_same_secret_and_profile_make_the_same(signer):
    again = Signer(b"secret", ARN)
    assert (again.chain, again.envelope(TARGET, NOON)) == (signer.chain, signer.envelope(TARGET, NOON))
    assert signer.chain.endswith(signer.root)
    for other in (Signer(b"other", ARN), Signer(b"secret", ARN + "2")):
        assert other.root != signer.root
        with pytest.raises(AssertionError):
            verified(signer.envelope(TARGET, NOON), other.root)


def test_a_changed_payload_is_found_out(signer):
    body = json.loads(signer.envelope(TARGET, NOON))
    changed = json.dumps({"targetArtifact": TARGET | {"size": 8}}).encode()
    body["payload"] = base64.urlsafe_b64encode(changed).decode().rstrip("=")
    with pytest.raises(InvalidSignature):
        verified(json.dumps(body), signer.root)


def test_a_profile_with_a_long_name():
    signer = Signer(b"secret", ARN + "x" * 120)
    assert verified(signer.envelope(TARGET, NOON), signer.root)[0] == TARGET


def test_without_cryptography_or_with_an_old_one(monkeypatch):
    monkeypatch.setattr(cryptography, "__version__", "44.0.3")
    with pytest.raises(MissingExtraError, match=r"45 or newer.*'ecrmock\[sign\]'"):
        Signer(b"secret", ARN)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtraError, match=r"45 or newer.*'ecrmock\[sign\]'"):
        Signer(b"secret", ARN)


def test_times_are_whole_seconds():
    assert notation.rfc3339(NOON) == "2026-11-18T12:00:00Z"
