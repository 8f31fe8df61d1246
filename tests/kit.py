"""A real `ecrmock serve` process for tests, and sockets to be rude to it with."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from constants import REGION, signed


class Server:
    """One process tree with its world."""

    def __init__(self, tmp_path, *options, python=(), port="0", wait=True, inside=()):
        self.url_file = tmp_path / f"url-{time.monotonic_ns()}"
        command = [*inside, sys.executable, *python, "-m", "ecrmock", "serve", "--port", str(port)]
        command += ["--url-file", self.url_file]
        self.errors = (tmp_path / "stderr").open("w+b")
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = []
        if wait:
            self.lines = [self.process.stdout.readline().decode().strip() for _ in range(2)]
            self.port = int(self.lines[0].rpartition(":")[2])

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode()

    def stop(self):
        for pid in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        self.process.stdout.close()
        self.errors.close()

    def workers(self):
        """Process ids of the children."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return [int(pid) for pid in path.read_text().split()]
        except FileNotFoundError:
            return []

    def family(self):
        return [*self.workers(), self.process.pid]

    def memory(self):
        """Resident bytes of the worker."""
        pages = Path(f"/proc/{self.workers()[0]}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    # -- talking

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def api(self, operation, key="test", region=REGION, **members):
        headers = {
            "Authorization": signed(key, region),
            "X-Amz-Target": f"AmazonEC2ContainerRegistry_V20150921.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        status, _, body = self.request("POST", "/", json.dumps(members), headers)
        return status, json.loads(body)

    def login(self, key="test", region=REGION):
        token = self.api("GetAuthorizationToken", key, region)[1]["authorizationData"][0]["authorizationToken"]
        return {"Authorization": f"Basic {token}"}

    def password(self, key="test", region=REGION):
        return base64.b64decode(self.login(key, region)["Authorization"][6:]).decode().partition(":")[2]

    def patching(self, location, login, framing, body=b""):
        """A connection on which a PATCH of this upload has begun."""
        connection = self.socket()
        head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nAuthorization: {login['Authorization']}\r\n{framing}\r\n\r\n"
        connection.sendall(head.encode() + body)
        return connection

    def upload(self, name="team/app"):
        """Begin an upload in a new repository; (its path, login headers)."""
        self.api("CreateRepository", repositoryName=name)
        login = self.login()
        status, headers, _ = self.request("POST", f"/v2/{name}/blobs/uploads/", None, login)
        assert status == 202
        return headers["Location"], login
