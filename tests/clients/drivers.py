"""The client programs, each as its users call it; `push` and `pull` are the same word in every one."""

import os
import shutil
import subprocess
import time

import pytest
from layouts import Layout, pulled


def program(name):
    """The path of a client; a client that is absent skips, or fails where clients are required."""
    found = os.environ.get(f"ECRMOCK_{name.upper().replace('-', '_')}") or shutil.which(name)
    return found or absent(f"{name} is not installed")


def absent(why):
    """Skip, or fail where clients are required."""
    (pytest.fail if os.environ.get("ECRMOCK_REQUIRE_CLIENTS") == "1" else pytest.skip)(why)


class Client:
    """Runs one program in a folder of its own, with fake AWS credentials and no configuration of the user's."""

    NAME = ""
    KEEPS = True
    """Does it push the bytes it was given?"""
    LOGIN = ("login", "-u", "AWS", "--password-stdin")
    PLAIN = ()
    """What a login over plain HTTP wants besides."""

    def __init__(self, folder, url, name="", inside=()):
        self.path = program(name or self.NAME)
        self.inside = inside
        self.secure = url.startswith("https:")
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.host = url.rpartition("/")[2]
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
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def refused(self, *arguments, stdin=None):
        """What it says in a run that must fail."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode != 0, done.stdout
        return done.stderr + done.stdout

    def run(self, *arguments, stdin=None):
        command = [*self.inside, self.path, *map(str, arguments)]
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

    def start(self):
        """What must run before; nothing for most."""

    def stop(self):
        """End what was started."""

    def sign_in(self, password):
        """Log in as `AWS`."""
        self(*self.login(), stdin=password)

    def refused_login(self, password):
        """What it says to a password that is not taken."""
        return self.refused(*self.login(), stdin=password)

    def login(self):
        return (*self.LOGIN, *(() if self.secure else self.PLAIN), self.host)

    def verify(self, option="--tls-verify"):
        """The option of skopeo's family that says whether a certificate is asked for."""
        return f"{option}={str(self.secure).lower()}"

    def back(self):
        """Where a pulled layout goes."""
        return self.folder / "back"


class Skopeo(Client):
    NAME = "skopeo"
    PLAIN = ("--tls-verify=false",)

    def push(self, layout, tag, target, run=None):
        where = f"docker://{self.host}/{target}"
        return (run or self)("copy", self.verify("--dest-tls-verify"), f"oci:{layout.folder}:{tag}", where)

    def pull(self, target):
        self("copy", self.verify("--src-tls-verify"), f"docker://{self.host}/{target}", "oci:back:t")
        return pulled(self.back())


class Podman(Client):
    """With storage, locks and configuration of its own."""

    NAME = "podman"
    KEEPS = False

    def __init__(self, *arguments):
        super().__init__(*arguments)
        run = self.folder / "run"
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver = "vfs"\nrunroot = "{run}"\ngraphroot = "{self.folder / "graph"}"\n'
        )
        (self.folder / "containers.conf").write_text(
            f'[engine]\ntmp_dir = "{run}"\nlock_type = "file"\nevents_logger = "none"\n'
        )
        insecure = str(not self.secure).lower()
        (self.folder / "registries.conf").write_text(f'[[registry]]\nlocation = "{self.host}"\ninsecure = {insecure}\n')
        self.environment |= {
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(self.folder / "registries.conf"),
            "BUILDAH_ISOLATION": "chroot",
        }

    def push(self, layout, tag, target, run=None):
        image = self("pull", "-q", f"oci:{layout.folder}:{tag}").split()[-1]
        return (run or self)("push", "--format", "oci", image, f"{self.host}/{target}")

    def pull(self, target):
        self("pull", "-q", f"{self.host}/{target}")
        return self("image", "inspect", "--format", "{{.Digest}}", f"{self.host}/{target}").strip()


class Buildah(Podman):
    """It looks at registries.conf for images, not for a login."""

    NAME = "buildah"
    PLAIN = ("--tls-verify=false",)

    def pull(self, target):
        name = f"{self.host}/{target}"
        self("pull", "-q", name)
        return self("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", name).strip()


class Crane(Client):
    NAME = "crane"
    LOGIN = ("auth", "login", "-u", "AWS", "--password-stdin")

    def push(self, layout, tag, target, run=None):
        one = Layout(self.folder / f"only-{tag}")
        shutil.copytree(layout.folder / "blobs", one.folder / "blobs", dirs_exist_ok=True)
        (entry,) = (entry for entry in layout.entries if tag in entry["annotations"].values())
        one.tag(entry, tag)
        return (run or self)("push", one.folder, f"{self.host}/{target}")

    def pull(self, target):
        self("pull", "--format=oci", f"{self.host}/{target}", "back")
        self("validate", "--remote", f"{self.host}/{target}")
        return pulled(self.back())


class Regctl(Client):
    NAME = "regctl"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        if not self.secure:
            self("registry", "set", "--skip-check", "--tls=disabled", self.host)

    LOGIN = ("registry", "login", "-u", "AWS", "--pass-stdin")

    def push(self, layout, tag, target, run=None):
        return (run or self)("image", "copy", f"ocidir://{layout.folder}:{tag}", f"{self.host}/{target}")

    def pull(self, target):
        self("image", "copy", f"{self.host}/{target}", "ocidir://back:t")
        return pulled(self.back())


class Oras(Client):
    NAME = "oras"

    def push(self, layout, tag, target, run=None):
        return (run or self)("copy", "--from-oci-layout", f"{layout.folder}:{tag}", f"{self.host}/{target}")

    def pull(self, target):
        self("copy", "--to-oci-layout", f"{self.host}/{target}", "back:t")
        return pulled(self.back())


class Helm(Client):
    NAME = "helm"
    LOGIN = ("registry", "login", "-u", "AWS", "--password-stdin")
    PLAIN = ("--plain-http",)


class Notation(Client):
    NAME = "notation"

    def sign_in(self, password):
        """Through the environment: its own login wants a credential store of the desktop."""
        self.environment |= {"NOTATION_USERNAME": "AWS", "NOTATION_PASSWORD": password}


class Docker(Client):
    """The command line alone: login and manifest; engines.py has an engine."""

    NAME = "docker"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.environment["DOCKER_HOST"] = f"unix://{self.folder}/no-engine"


class Ctr(Client):
    """ctr with a containerd of its own; it keeps no login, so each call carries it."""

    NAME = "ctr"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.credentials = []
        self.daemon = None

    def start(self):
        if os.geteuid() != 0:
            absent("containerd wants root")
        root = self.folder / "containerd"
        root.mkdir()
        (root / "config.toml").write_text(
            f'version = 2\nroot = "{root}/root"\nstate = "{root}/state"\n'
            f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\n  address = "{root}/c.sock"\n[ttrpc]\n  address = "{root}/c.ttrpc"\n'
        )
        with (root / "log").open("wb") as log:
            self.daemon = subprocess.Popen(
                [*self.inside, program("containerd"), "-c", root / "config.toml"],
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        self.environment["CONTAINERD_ADDRESS"] = f"{root}/c.sock"
        until = time.monotonic() + 20
        while self.run("version").returncode:
            assert time.monotonic() < until, (root / "log").read_text()
            time.sleep(0.05)

    def stop(self):
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(20)

    def sign_in(self, password):
        self.credentials = ["--user", f"AWS:{password}"]

    def push(self, layout, tag, target, run=None):
        name = f"{self.host}/{target}"
        packed = shutil.make_archive(str(self.folder / "packed"), "tar", layout.folder)
        self("images", "import", "--snapshotter", "native", "--base-name", "layout", packed)
        self("images", "tag", "--force", f"layout:{tag}", name)
        return (run or self)("images", "push", *self.credentials, name)

    def pull(self, target):
        name = f"{self.host}/{target}"
        self("images", "pull", *self.credentials, "--snapshotter", "native", name)
        rows = [line.split() for line in self("images", "ls").splitlines()]
        (found,) = (row[2] for row in rows if row[0] == name)
        return found


class OrasPy(Client):
    """Our few lines around the library: `push` and `pull` of a file."""

    NAME = "oras-py"

    def sign_in(self, password):
        self.environment["REGISTRY_PASSWORD"] = password


class Sigstore(OrasPy):
    """The same for @sigstore/oci: attaches to an image."""

    NAME = "sigstore-oci"
