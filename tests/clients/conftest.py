"""Real programs; a plain run skips what is absent and says so, CI may not."""

import os
import shutil
import subprocess

import pytest
from kit import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _empty(server):
    assert server.request("POST", "/_ecrmock/reset")[0] == 200


def program(name):
    """The path of a client; a client that is absent skips, or fails where clients are required."""
    found = os.environ.get(f"ECRMOCK_{name.upper()}") or shutil.which(name)
    if found is None:
        if os.environ.get("ECRMOCK_REQUIRE_CLIENTS") == "1":
            pytest.fail(f"{name} is required and not installed")
        pytest.skip(f"{name} is not installed")
    return found


class Client:
    """Runs one program in a folder of its own, with fake AWS credentials and no configuration of the user's."""

    def __init__(self, path, folder, url):
        self.path = path
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "REGISTRY_AUTH_FILE": str(folder / "auth.json"),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
        }

    def __call__(self, *arguments, stdin=None):
        """Standard output of a run that must succeed."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments, stdin=None):
        """Standard error of a run that must fail."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def run(self, *arguments, stdin=None):
        command = [self.path, *map(str, arguments)]
        return subprocess.run(
            command,
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.folder,
            timeout=60,
        )


@pytest.fixture
def skopeo(server, tmp_path):
    return Client(program("skopeo"), tmp_path, f"http://localhost:{server.port}")


@pytest.fixture
def aws(server, tmp_path):
    return Client(program("aws"), tmp_path, f"http://localhost:{server.port}")
