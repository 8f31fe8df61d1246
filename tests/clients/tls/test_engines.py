"""A docker engine and BuildKit under AWS's own host names."""

import re
import subprocess
from pathlib import Path

import pytest
from clients.drivers import Crane, program
from clients.engines import BuildKit, Engine
from clients.names import REAL, create, stored
from kit import Server

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine-tls")]
OUTWARD = "192.0.2.1"
"""In a private network an address like any other."""


def test_an_engine_pushes_pulls_and_pulls_by_digest(aws, password, layout, start):
    create(aws)
    layout.tag(layout.image(b"hello"), "t1")
    engine = start(Engine)
    engine.sign_in(password)
    engine.push(layout, "t1", "team/app:v1")
    engine("system", "prune", "--all", "--force")
    assert engine.pull("team/app:v1") == stored(aws)
    assert engine.pull(f"team/app@{stored(aws)}") == stored(aws)


@pytest.fixture
def outward(inside, state, tmp_path):
    """A server elsewhere than on the loopback addresses, at which an engine takes every certificate."""
    subprocess.run([*inside, program("ip"), "address", "add", f"{OUTWARD}/32", "dev", "lo"], check=True)
    options = ("--tls", "auto", "--registry-host", "aws", "--host", OUTWARD)
    running = Server(tmp_path, *options, port=443, inside=(*inside, "env", f"XDG_STATE_HOME={state}"))
    yield running
    running.stop()
    subprocess.run([*inside, program("ip"), "address", "delete", f"{OUTWARD}/32", "dev", "lo"], check=True)


@pytest.mark.usefixtures("outward")
@pytest.mark.parametrize("trusting", [False, True])
def test_an_engine_asks_for_the_ca_at_the_printed_path(words, start, trust, tmp_path, trusting):
    (path,) = re.findall(r"^# docker: /etc/(\S+) is that file$", words, re.MULTILINE)
    certificate = tmp_path / Engine.NAME / "etc" / path
    certificate.parent.mkdir(parents=True)
    (tmp_path / Engine.NAME / "etc" / "hosts").write_text(f"{OUTWARD} {REAL}\n")
    if trusting:
        certificate.write_bytes(Path(trust["SSL_CERT_FILE"]).read_bytes())
    said = start(Engine, trusting=False).refused_login("wrong")
    assert ("401 Unauthorized" if trusting else "certificate signed by unknown authority") in said


def test_buildkit_builds_from_and_pushes_to_awss_name(aws, password, start):
    create(aws)
    buildkit = start(BuildKit)
    buildkit.sign_in(password)
    base = buildkit.build("team/app:base", lines=("FROM scratch", "COPY a /a"), files={"a": b"a"})
    buildkit("prune", "--all")
    buildkit.build("team/app:v1", lines=(f"FROM {REAL}/team/app:base", "COPY b /b"), files={"b": b"b"})
    crane = start(Crane)
    crane.sign_in(password)
    assert crane("digest", f"{REAL}/team/app:base").strip() == base != stored(aws) == crane.pull("team/app:v1")
