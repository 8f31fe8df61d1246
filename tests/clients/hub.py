"""Debian's docker-registry behind a token service of our own: what Docker Hub looks like to a client."""

import base64
import datetime as dt
import json
import os
import socket
import subprocess
import threading
import time

from clients.drivers import program
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

ISSUER, SERVICE = "test-issuer", "test-registry"


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_arguments):
        """Say nothing."""


def _encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Tokens:
    """Gives JSON web tokens as docker-registry wants them: anybody with a login may do to a repository what it asks."""

    def __init__(self, user, password):
        self._login = (user, password)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed()
        self.asked = []
        """(scope, user agent) of every token that was asked for."""
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _signed(self):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def __call__(self, environ, start_response):
        request = Request(environ)
        login, scope = request.authorization, request.args.get("scope", "")
        self.asked.append((scope, request.headers.get("User-Agent", "")))
        if login is None or (login.username, login.password) != self._login:
            start_response("401 Unauthorized", [("Content-Length", "0")])
            return [b""]
        body = json.dumps({"token": self._token(scope)}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _token(self, scope):
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        now = int(time.time())
        access = [{"type": kind, "name": name, "actions": actions.split(",")}] if scope else []
        certificate = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        head = {"typ": "JWT", "alg": "ES256", "x5c": [certificate]}
        claims = {"iss": ISSUER, "sub": self._login[0], "aud": SERVICE, "jti": str(len(self.asked)), "access": access}
        claims |= {"iat": now, "nbf": now - 60, "exp": now + 300}
        text = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class Hub:
    """A docker-registry process that may die and come back."""

    def __init__(self, folder, tokens):
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        pem = tokens.certificate.public_bytes(serialization.Encoding.PEM)
        (folder / "root.pem").write_bytes(pem)
        settings = {
            "version": "0.1",
            "log": {"accesslog": {"disabled": False}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
            "http": {"addr": f"127.0.0.1:{self.port}"},
            "auth": {
                "token": {
                    "realm": tokens.url,
                    "service": SERVICE,
                    "issuer": ISSUER,
                    "rootcertbundle": str(folder / "root.pem"),
                }
            },
        }
        (folder / "config.yml").write_text(json.dumps(settings))
        self._process = None

    def start(self):
        command = [program("docker-registry"), "serve", self._folder / "config.yml"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]})
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def stop(self):
        self._process.kill()
        self._process.wait(10)

    @property
    def log(self):
        return self._folder / "log"

    def fetched(self, part):
        """How many requests of ecrmock's the registry's access log has for this."""
        lines = self.log.read_text().splitlines()
        return sum(part in line and '"ecrmock"' in line and 'HTTP/1.1" 200' in line for line in lines)
