"""A plain HTTP client at the docker door, and a small one at the AWS door of the same world."""

import base64
import io
import json
from typing import NamedTuple

import pytest
from constants import ACCOUNT, NOON, OCI, signed
from images import Pushed, digest_of, encoded, index_of, simple

from ecrmock.app import create_app
from ecrmock.settings import Settings


class Answer(NamedTuple):
    """What the WSGI application said."""

    status_code: int
    headers: dict
    data: bytes

    @property
    def json(self):
        return json.loads(self.data)


class Docker:
    """Speaks the registry protocol as somebody who logged in."""

    def __init__(self, options):
        self.app = create_app(Settings(**options))
        self.application = self.app.extensions["ecrmock"]
        self.world = self.application.world
        self.world.clock.freeze(NOON)
        self.client = self.app.test_client()
        self.login = self.token()

    digest = staticmethod(digest_of)

    @staticmethod
    def basic(user, password):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    # -- the AWS door

    def api(self, operation, *, account=ACCOUNT, region="us-east-1", host="http://localhost", **request):
        """The body of a success, or (code, sentence) of a refusal."""
        answer = self.client.post(
            "/",
            base_url=host,
            data=json.dumps(request),
            headers={
                "X-Amz-Target": f"AmazonEC2ContainerRegistry_V20150921.{operation}",
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": signed(account, region),
            },
        )
        body = json.loads(answer.data)
        return body if answer.status_code == 200 else (body["__type"], body.get("message", body.get("Message")))

    def token(self, account=ACCOUNT, region="us-east-1"):
        """An Authorization header for the docker door."""
        entry = self.api("GetAuthorizationToken", account=account, region=region)["authorizationData"][0]
        return "Basic " + entry["authorizationToken"]

    def repository(self, name="team/app", **more):
        return self.api("CreateRepository", repositoryName=name, **more)["repository"]

    # -- the docker door

    def __call__(self, method, path, data=b"", *, login="", host="http://localhost", **headers):
        """One request; `login` is an Authorization header, None for none."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        login = self.login if login == "" else login
        if login is not None:
            sent["Authorization"] = login
        return self.client.open(path, method=method, data=data, headers=sent, base_url=host)

    def wsgi(self, method, path, stream, *, length=None, **headers):
        """One request with a body of our own making; without a length it is chunked."""
        where, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": where,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": self.login,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(stream) if isinstance(stream, bytes) else stream,
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        if length is None:
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        else:
            environ["CONTENT_LENGTH"] = str(length)
        told = []
        body = b"".join(self.app.wsgi_app(environ, lambda status, answered: told.append((status, dict(answered)))))
        return Answer(int(told[0][0].partition(" ")[0]), told[0][1], body)

    def refused(self, method, path, data=b"", **more):
        """(status, code, sentence) of a refusal."""
        return self.refusal(self(method, path, data, **more))

    @staticmethod
    def refusal(answer):
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        (error,) = answer.json["errors"]
        return answer.status_code, error["code"], error["message"]

    def begin(self, name="team/app"):
        """A new upload; its location."""
        answer = self("POST", f"/v2/{name}/blobs/uploads/")
        assert answer.status_code == 202
        return answer.headers["Location"]

    def blob(self, data, name="team/app"):
        """Upload a blob; its digest."""
        assert self("PUT", f"{self.begin(name)}?digest={self.digest(data)}", data).status_code == 201
        return self.digest(data)

    def blobs(self, content="one", name="team/app"):
        """A config and a layer of their own, uploaded, and the bytes of a manifest over them."""
        body, blobs = simple(content)
        for data in blobs.values():
            self.blob(data, name)
        return encoded(body), blobs

    def put(self, manifest, reference, name="team/app", kind=OCI, **more):
        return self("PUT", f"/v2/{name}/manifests/{reference}", manifest, Content_Type=kind, **more)

    def push(self, tag=None, content="one", name="team/app"):
        """A whole push."""
        manifest, blobs = self.blobs(content, name)
        digest = self.digest(manifest)
        assert self.put(manifest, tag or digest, name).status_code == 201
        return Pushed(digest, manifest, blobs)

    def index(self, *children):
        return encoded(index_of(*(child.described() for child in children)))

    def tags(self, name="team/app"):
        return self("GET", f"/v2/{name}/tags/list").json["tags"]

    @property
    def calls(self):
        """(action, error code) of what was called at the docker door."""
        found = self.application.gate.calls.all()
        return [(call.action, call.error and call.error.code) for call in found if call.door == "docker"]


@pytest.fixture
def options():
    """Settings; a test parametrises this name to have others."""
    return {}


@pytest.fixture
def docker(options):
    """A docker client that logged in, in an empty world whose clock stands still."""
    return Docker(options)
