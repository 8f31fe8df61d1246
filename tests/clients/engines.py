"""A docker engine and a BuildKit daemon, each with a folder of its own and no bridge: root is all they want."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from clients.drivers import Client, Docker, Skopeo, absent, program

OVER = """cd "$1" && mkdir work && mount -t overlay none -o lowerdir=/etc,upperdir=etc,workdir=work /etc || exit
shift && exec "$@\""""
"""Lays the folder `etc` over /etc; what is mounted on a file there is hidden."""


class Daemon:
    """A process that a client needs, up when `ready` says so; it ends with us, and what it mounts nobody else sees."""

    def __init__(self, client, name, *arguments, ready, around=()):
        """`around` goes before the daemon's command."""
        if os.geteuid() != 0:
            absent(f"{name} wants root")
        private = (program("unshare"), "--mount", program("setpriv"), "--pdeathsig=TERM")
        command = [*client.inside, *private, *around, program(name), *arguments]
        log = client.folder / "daemon.log"
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [*map(str, command)], stdout=sink, stderr=sink, env=client.environment, cwd=client.folder
            )
        until = time.monotonic() + 60
        while not ready():
            ended = self._process.poll() is not None
            assert not ended, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)

    def stop(self):
        self._process.terminate()
        self._process.wait(60)


class Engine(Docker):
    """docker and dockerd, which starts containerd by itself."""

    NAME = "docker"
    KEEPS = False

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.environment["PATH"] = _beside("dockerd", self.environment["PATH"])
        self.sockets = Path(tempfile.mkdtemp(prefix="engine-"))  # their paths have at most 104 bytes
        self.environment["DOCKER_HOST"] = f"unix://{self.sockets}/docker"
        self.daemon = None

    def start(self):
        """What is in `etc` of its folder the daemon sees in /etc."""
        (self.folder / "daemon.json").write_text(json.dumps({"deprecated-key-path": str(self.folder / "key.json")}))
        options = {
            "config-file": self.folder / "daemon.json",
            "data-root": self.folder / "data",
            "exec-root": self.sockets,
            "pidfile": self.folder / "pid",
            "host": self.environment["DOCKER_HOST"],
            "storage-driver": "vfs",
            "iptables": "false",
            "ip6tables": "false",
            "bridge": "none",
            "userland-proxy": "false",
        }
        around = ("sh", "-c", OVER, "sh", self.folder) if (self.folder / "etc").exists() else ()
        said = [f"--{name}={value}" for name, value in options.items()]
        self.daemon = Daemon(self, "dockerd", *said, ready=lambda: not self.run("version").returncode, around=around)

    def stop(self):
        if self.daemon is not None:
            self.daemon.stop()
        shutil.rmtree(self.sockets)

    def load(self, layout, tag, name):
        """Put an image of a layout into the engine's store; it takes archives of docker's own form alone."""
        archive = self.folder / f"{tag}.tar"
        archive.unlink(missing_ok=True)
        skopeo = Skopeo(self.folder, f"http://{self.host}")
        skopeo("copy", f"oci:{layout.folder}:{tag}", f"docker-archive:{archive}:{name}")
        self("load", "--quiet", "--input", archive)

    def push(self, layout, tag, target, run=None):
        name = f"{self.host}/{target}"
        self.load(layout, tag, name)
        return (run or self)("push", name)

    def pull(self, target):
        name = f"{self.host}/{target}"
        self("pull", name)
        return self.digest(name)

    def digest(self, name):
        """The digest that the engine remembers of where an image came from or went to."""
        repository = name.partition("@")[0]
        head, colon, tail = repository.rpartition(":")
        repository = head if colon and "/" not in tail else repository
        known = json.loads(self("image", "inspect", "--format", "{{json .RepoDigests}}", name))
        (found,) = (entry.partition("@")[2] for entry in known if entry.startswith(f"{repository}@"))
        return found

    def build(self, target, *lines, **files):
        """Build from these lines, and files by name, and tag; the builder is the engine's own."""
        context = _context(self.folder / "context", lines, files)
        name = f"{self.host}/{target}"
        self("build", "--quiet", "--pull", "--tag", name, context)
        return name

    def read(self, name, path):
        """The bytes of a file in an image."""
        made = self("create", name, "none").strip()
        self("cp", f"{made}:{path}", "copied")
        self("rm", made)
        return (self.folder / "copied").read_bytes()


class BuildKit(Client):
    """buildctl and buildkitd; the login is docker's file, which buildctl reads for the daemon."""

    NAME = "buildctl"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.environment["PATH"] = _beside("runc", self.environment["PATH"])
        self.environment |= {"BUILDKIT_HOST": f"unix://{self.folder}/sock", "DOCKER_CONFIG": str(self.folder)}
        self.daemon = None

    def start(self):
        plain = "" if self.secure else f'[registry."{self.host}"]\n  http = true\n'
        (self.folder / "buildkitd.toml").write_text(
            f'root = "{self.folder}/root"\n[grpc]\n  address = ["{self.environment["BUILDKIT_HOST"]}"]\n'
            f'[worker.oci]\n  snapshotter = "native"\n[worker.containerd]\n  enabled = false\n{plain}'
        )
        told = ("--config", self.folder / "buildkitd.toml")
        self.daemon = Daemon(self, "buildkitd", *told, ready=lambda: not self.run("debug", "workers").returncode)

    def stop(self):
        if self.daemon is not None:
            self.daemon.stop()

    def sign_in(self, password):
        docker = Docker(self.folder, self.url, "docker", self.inside)
        docker.environment = self.environment | {"DOCKER_HOST": f"unix://{self.folder}/no-engine"}
        docker.sign_in(password)

    @property
    def url(self):
        return f"{'https' if self.secure else 'http'}://{self.host}"

    def build(self, target, *options, lines, files=None, run=None, output=""):
        """Build and push; the digest that BuildKit says it pushed, or what `run` gives."""
        context = _context(self.folder / "context", lines, files or {})
        metadata = self.folder / "metadata.json"
        said = (run or self)(
            *("build", "--progress=plain", "--frontend=dockerfile.v0", f"--metadata-file={metadata}"),
            *(f"--local={name}={context}" for name in ("context", "dockerfile")),
            f"--output=type=image,name={self.host}/{target},push=true{output}",
            *options,
        )
        return said if run else json.loads(metadata.read_text())["containerimage.digest"]


def _beside(name, path):
    """PATH with the folder of a program first: a daemon starts its neighbours by name."""
    return f"{Path(program(name)).parent}{os.pathsep}{path}"


def _context(folder, lines, files):
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("\n".join([*lines, ""]))
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
