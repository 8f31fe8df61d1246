"""Three rows against named peers in the same run: an API call, the start, a push of 1 GiB.

    python tests/bench/bench.py [--rounds 3] [--gib 1]

Needs wrk; peers are moto_server (`pip install 'moto[server]'`) and Debian's docker-registry; a peer that is
absent is named, and its ratio left out. Figures of one run may be compared with each other only.
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

TARGET = "AmazonEC2ContainerRegistry_V20150921"
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0"
LUA = """
wrk.method = "POST"
wrk.body = '{"repositoryName":"team/app","imageIds":[{"imageTag":"t1"}]}'
wrk.headers["Content-Type"] = "application/x-amz-json-1.1"
wrk.headers["X-Amz-Target"] = "%s.BatchGetImage"
wrk.headers["Authorization"] = "%s"
"""
MIB = 1024 * 1024


class Peer:
    """A server process that is ready."""

    def __init__(self, name, port, process, seconds):
        self.name, self.port, self.process, self.seconds = name, port, process, seconds

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def api(self, operation, **members):
        headers = {"X-Amz-Target": f"{TARGET}.{operation}", "Authorization": SIGNED}
        headers["Content-Type"] = "application/x-amz-json-1.1"
        status, _, body = self.request("POST", "/", json.dumps(members), headers)
        if status != 200:
            sys.exit(f"{self.name}: {operation} gave {status} {body[:200]!r}")
        return json.loads(body)

    def tree(self):
        """This process and its children."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, listed.split())]

    def memory(self):
        """Resident bytes of the largest process."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.tree()]
        return max(pages) * os.sysconf("SC_PAGE_SIZE")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(name, command, port, path):
    """Start a server; ready when it answers a GET of this path."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peer = Peer(name, port, process, 0.0)
    try:
        while True:
            with suppress(OSError, http.client.HTTPException):
                peer.request("GET", path)
                break
            if process.poll() is not None or time.perf_counter() - began > 60:
                sys.exit(f"{name} did not start")
            time.sleep(0.005)
        peer.seconds = time.perf_counter() - began
        yield peer
    finally:
        process.terminate()
        process.wait(20)


def ecrmock():
    port = free_port()
    command = [sys.executable, "-m", "ecrmock", "serve", "--port", str(port), "--log-level", "error"]
    return running("ecrmock", command, port, "/_ecrmock/health")


def moto():
    port = free_port()
    return running("moto_server", ["moto_server", "-p", str(port), "-H", "127.0.0.1"], port, "/moto-api/")


def registry(folder):
    port = free_port()
    config = Path(folder) / "registry.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
    )
    return running("docker-registry", ["docker-registry", "serve", str(config)], port, "/v2/")


def calls_a_second(peer, folder):
    """BatchGetImage at eight connections."""
    script = Path(folder) / "post.lua"
    script.write_text(LUA % (TARGET, SIGNED))
    command = ["wrk", "-t1", "-c8", "-d3", "-s", str(script), f"http://127.0.0.1:{peer.port}/"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        sys.exit(f"{peer.name}: {output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])


def seed(peer):
    """One image in one repository; moto keeps what it is told, ecrmock wants the layer first."""
    peer.api("CreateRepository", repositoryName="team/app")
    blob = b"layer"
    digest = "sha256:" + hashlib.sha256(blob).hexdigest()
    if peer.name == "ecrmock":
        upload = peer.api("InitiateLayerUpload", repositoryName="team/app")["uploadId"]
        part = {"partFirstByte": 0, "partLastByte": len(blob) - 1, "layerPartBlob": base64.b64encode(blob).decode()}
        peer.api("UploadLayerPart", repositoryName="team/app", uploadId=upload, **part)
        peer.api("CompleteLayerUpload", repositoryName="team/app", uploadId=upload, layerDigests=[digest])
    row = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(blob)}
    layer = {**row, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": row, "layers": [layer]}
    peer.api("PutImage", repositoryName="team/app", imageManifest=json.dumps(manifest), imageTag="t1")


def push(peer, gib, login):
    """One chunked PATCH; (MB/s, growth of the server's memory in MiB)."""
    size = int(gib * 1024)
    block = os.urandom(MIB)
    hasher = hashlib.sha256()
    for _ in range(size):
        hasher.update(block)
    _, headers, _ = peer.request("POST", "/v2/team/app/blobs/uploads/", None, login)
    place = re.sub(r"^https?://[^/]+", "", headers["Location"])
    before, began = peer.memory(), time.perf_counter()
    status, headers, body = peer.request("PATCH", place, iter([block] * size), login)
    if status != 202:
        sys.exit(f"{peer.name}: PATCH gave {status} {body[:200]!r}")
    place = re.sub(r"^https?://[^/]+", "", headers["Location"])
    mark = "&" if "?" in place else "?"
    status, _, body = peer.request("PUT", f"{place}{mark}digest=sha256:{hasher.hexdigest()}", None, login)
    if status != 201:
        sys.exit(f"{peer.name}: PUT gave {status} {body[:200]!r}")
    seconds = time.perf_counter() - began
    return size * MIB / 1e6 / seconds, (peer.memory() - before) / MIB


def row(name, ours, theirs, peer, unit, *, less_is_better=False):  # noqa: PLR0913 (a row of a table)
    mine = statistics.median(ours)
    if not theirs:
        print(f"{name:<28} {mine:10.1f} {unit:<8} {peer} is not installed")
        return
    other = statistics.median(theirs)
    ratio = other / mine if less_is_better else mine / other
    print(f"{name:<28} {mine:10.1f} {unit:<8} {peer} {other:10.1f} {unit:<8} ratio {ratio:6.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gib", type=float, default=1)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is needed (Debian: apt-get install wrk)")
    calls, starts = {"ecrmock": [], "moto_server": []}, {"ecrmock": [], "moto_server": []}
    speeds, growths = {"ecrmock": [], "docker-registry": []}, []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for make in (ecrmock, moto) if shutil.which("moto_server") else (ecrmock,):
                with make() as peer:
                    starts[peer.name].append(peer.seconds * 1000)
                    seed(peer)
                    calls[peer.name].append(calls_a_second(peer, folder))
            with ecrmock() as peer:
                peer.api("CreateRepository", repositoryName="team/app")
                token = peer.api("GetAuthorizationToken")["authorizationData"][0]["authorizationToken"]
                speed, growth = push(peer, options.gib, {"Authorization": f"Basic {token}"})
                speeds["ecrmock"].append(speed)
                growths.append(growth)
            if shutil.which("docker-registry"):
                with registry(folder) as peer:
                    speeds[peer.name].append(push(peer, options.gib, {})[0])
                shutil.rmtree(Path(folder) / "data")
    row("API call, 8 connections", calls["ecrmock"], calls["moto_server"], "moto_server", "calls/s")
    row("start to first answer", starts["ecrmock"], starts["moto_server"], "moto_server", "ms", less_is_better=True)
    row(f"chunked push of {options.gib:g} GiB", speeds["ecrmock"], speeds["docker-registry"], "docker-registry", "MB/s")
    print(f"{'memory grown by that push':<28} {max(growths):10.1f} MiB")


if __name__ == "__main__":
    main()
