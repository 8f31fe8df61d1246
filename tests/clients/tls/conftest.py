"""A private network in which AWS's names lead to `ecrmock serve` on port 443, and clients that trust its CA."""

import json
import os
import subprocess
import sys

import pytest
from clients.drivers import Client, Crane, absent, program
from clients.names import OTHER_APIS, OTHER_NAMES, REAL, create
from kit import Server

ENTER = 'ip link set lo up && mount --bind "$1" /etc/hosts && echo ready && exec cat'
RESET = "import urllib.request as r; r.urlopen(r.Request('https://localhost/_ecrmock/reset', method='POST'))"


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def words(state):
    """What `ecrmock ca` says."""
    command = [sys.executable, "-m", "ecrmock", "ca", "--port", "443"]
    environment = os.environ | {"XDG_STATE_HOME": str(state)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


@pytest.fixture(scope="module")
def printed(words):
    """The same by the headline of each part."""
    parts = [part.partition("\n") for part in words.strip().split("\n\n")]
    return {headline.strip("# ").partition(":")[0]: body for headline, _, body in parts}


@pytest.fixture(scope="module")
def trust(state):
    authority = str(state / "ecrmock" / "ca.pem")
    return {"SSL_CERT_FILE": authority, "AWS_CA_BUNDLE": authority}


@pytest.fixture(scope="module")
def inside(printed, tmp_path_factory):
    """What to put before a command to run it where AWS's names lead here; nothing outside changes."""
    enter, shell = program("nsenter"), [program("unshare"), "--mount", "--net", "sh", "-c", ENTER, "sh"]
    program("ip")
    hosts = tmp_path_factory.mktemp("hosts") / "hosts"
    more = " ".join([*OTHER_NAMES, *OTHER_APIS])
    hosts.write_text(f"127.0.0.1 localhost\n{printed['/etc/hosts']}\n127.0.0.1 {more}\n")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen([*shell, hosts], **pipes) as holder:  # it ends with its input, or with us
        said = holder.stdout.readline()
        if said != "ready\n":
            absent(f"a private network and its hosts file cannot be made: {said}")
        yield (enter, f"--target={holder.pid}", "--mount", "--net")


@pytest.fixture(scope="module")
def server(inside, state, tmp_path_factory):
    options = ("--tls", "auto", "--registry-host", "aws")
    with_state = (*inside, "env", f"XDG_STATE_HOME={state}")
    running = Server(tmp_path_factory.mktemp("server"), *options, port=443, inside=with_state)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _empty(server, inside, trust):
    assert server.lines[0] == "ecrmock listening on https://localhost:443"
    subprocess.run([*inside, sys.executable, "-c", RESET], check=True, env=os.environ | trust)


@pytest.fixture
def start(inside, trust, tmp_path):
    """Makes a client of any driver that trusts the CA unless told otherwise; it is not signed in."""
    made = []

    def started(driver, name="", host=REAL, *, trusting=True):
        folder = tmp_path / (name or driver.NAME)
        client = driver(folder, f"https://{host}", name, (*inside, "env", f"--chdir={folder}"))
        client.environment |= trust if trusting else {}
        del client.environment["AWS_ENDPOINT_URL"]
        made.append(client)
        client.start()
        return client

    yield started
    for client in made:
        client.stop()


@pytest.fixture
def aws(start):
    return start(Client, "aws")


@pytest.fixture
def password(aws):
    return aws("ecr", "get-login-password").strip()


@pytest.fixture
def helper(start):
    """Asks the credential helper about a host."""
    return lambda host: json.loads(start(Client, "docker-credential-ecr-login")("get", stdin=host))


@pytest.fixture
def pushed(aws, helper, layout, start):
    """The digest of `team/app:v1`."""
    create(aws)
    made = layout.tag(layout.image(b"hello"), "t1")
    crane = start(Crane)
    crane.sign_in(helper(REAL)["Secret"])
    crane.push(layout, "t1", "team/app:v1")
    return made
