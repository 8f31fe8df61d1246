"""A client of the OCI distribution protocol, and content of every kind to push with it (facts/registry 1).

These tests ask what the OCI conformance program asks, written anew; each conversation goes through the WSGI front.
"""

import base64
import json
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from constants import ACCOUNT, CONFIG, EMPTY, OCI, OCI_INDEX, REGION
from images import descriptor, digest_of, encoded, image_of, index_of

from ecrmock.app import create_app
from ecrmock.domain.access.tokens import Claims, issue
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.settings import Settings

REPO1, REPO2 = "conformance/repo1", "conformance/repo2"
OCTETS = "application/octet-stream"
LAYER = "application/vnd.oci.image.layer.v1.tar"
FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar"
FIRST, SECOND = "application/vnd.example.first", "application/vnd.example.second"
NOTES = {"org.opencontainers.conformance": "hello conformance test"}


class Stored(NamedTuple):
    """A manifest to push."""

    digest: str
    data: bytes
    media_type: str
    tags: tuple[str, ...]
    descriptor: dict[str, Any]
    subject: str | None


class Content:
    """Blobs and manifests of one kind, in the order in which they can be pushed."""

    def __init__(self, algorithm="sha256"):
        self.algorithm = algorithm
        self.blobs = {}
        self.manifests = []
        self.count = 0

    def digest(self, data):
        return digest_of(data, self.algorithm)

    def blob(self, data, media_type, *, inline=False, **more):
        row = descriptor(data, media_type, self.algorithm, **more)
        self.blobs[row["digest"]] = data
        return row | ({"data": base64.b64encode(data).decode()} if inline else {})

    def fresh(self):
        """Bytes that were never seen."""
        self.count += 1
        return f"{self.algorithm} content {self.count} ".encode() * 20

    def image(self, *tags, layers=2, config=(CONFIG, None), kind=f"{LAYER}+gzip", inline=False, **members):
        """An image manifest over fresh layers, or over given descriptors."""
        rows = (
            layers
            if isinstance(layers, list)
            else [self.blob(self.fresh(), kind, inline=inline) for _ in range(layers)]
        )
        media_type, data = config
        described = self.blob(
            json.dumps({"of": self.count}).encode() if data is None else data, media_type, inline=inline
        )
        return self.manifest(image_of(described, *rows, **members), *tags)

    def artifact(self, kind, *tags, layers=1, **members):
        """An artifact of a type of its own."""
        notes = {"annotations": NOTES | {"n": str(len(self.manifests))}, "artifactType": kind}
        return self.image(*tags, layers=layers, config=(EMPTY, b"{}"), kind=kind, **notes, **members)

    def index(self, *tags, children=None, **members):
        """An index, over two fresh images unless told otherwise."""
        if children is None:
            children = [
                {**self.image().descriptor, "platform": {"os": "linux", "architecture": name}}
                for name in ("amd64", "arm64")
            ]
        return self.manifest(index_of(*children, **members), *tags)

    def manifest(self, body, *tags, indent=None):
        data = encoded(body, indent=indent)
        row = descriptor(data, body["mediaType"], self.algorithm)
        subject = body.get("subject", {}).get("digest")
        found = Stored(row["digest"], data, row["mediaType"], tags, row, subject)
        self.manifests.append(found)
        return found

    def referrers(self):
        """subject -> descriptors that its list must hold."""
        found = {}
        for each in self.manifests:
            if each.subject:
                body = json.loads(each.data)
                kind = body.get("artifactType") or body.get("config", {}).get("mediaType")
                row = each.descriptor | ({"artifactType": kind} if kind else {})
                row |= {"annotations": body["annotations"]} if "annotations" in body else {}
                found.setdefault(each.subject, []).append(row)
        return found


def image(content):
    content.image("image")


def uncompressed(content):
    content.image("image-uncompressed", kind=LAYER)


def large(content):
    """A manifest of the most that a registry has to take."""
    content.image("large", annotations={"pad": ""})
    found = content.manifests.pop()
    room = 4 * 1024 * 1024 - len(found.data)
    content.manifest(json.loads(found.data) | {"annotations": {"pad": "x" * room}}, "large")


def index(content):
    content.index("index")


def nested(content):
    inner = [content.index().descriptor for _ in range(2)]
    content.index("nested", children=inner)


def empty_index(content):
    content.index("empty-index", children=[])


def artifact(content):
    content.artifact(FIRST, "artifact")


def artifact_index(content):
    children = [content.artifact(kind).descriptor | {"artifactType": kind} for kind in (FIRST, SECOND)]
    content.index("artifact-index", children=children, artifactType=FIRST, annotations=NOTES)


def artifact_without_layers(content):
    content.artifact(FIRST, "artifact-without-layers", layers=[content.blob(b"{}", EMPTY)])


def subjects(content):
    subject = content.image("image").descriptor
    content.image(subject=subject)
    content.artifact(FIRST, "tagged-artifact1", subject=subject)
    content.artifact(SECOND, "tagged-artifact2", subject=subject)


def index_subjects(content):
    subject = content.index("index").descriptor
    children = [content.artifact(FIRST).descriptor]
    content.index("tagged-artifact", children=children, artifactType=FIRST, annotations=NOTES, subject=subject)
    content.index(children=children, subject=subject)


def missing_subject(content):
    missing = {"mediaType": OCI, "digest": content.digest(b"missing content"), "size": 123}
    content.artifact(FIRST, "tagged-artifact", subject=missing)


def data_field(content):
    content.image("data-field", inline=True)


def non_distributable(content):
    rows = []
    for kind in (f"{FOREIGN}+gzip", FOREIGN):
        digest = content.digest(content.fresh())
        url = f"https://store.example.com/blobs/{digest.replace(':', '/')}"
        rows.append({"mediaType": kind, "digest": digest, "size": 123_456, "urls": [url]})
    content.image("non-distributable", layers=[*rows, content.blob(content.fresh(), f"{LAYER}+gzip")])


def custom_fields(content):
    extra = {"org.example.custom": {"nested": [1, 2.5, None, "x"]}}
    child = content.image("custom-image", **extra)
    child = {**child.descriptor, "org.example.custom": "in a descriptor"}
    content.index("custom-index", children=[child], **extra)


def no_layers(content):
    content.image("no-layers", layers=[])


def odd_bytes(content):
    """White space and escapes that a registry must not touch."""
    content.image()
    body = json.loads(content.manifests.pop().data)
    content.manifest(body | {"annotations": {"naïve": "日本\U0001f433"}}, "odd-bytes", indent=3)


KINDS = [
    image,
    uncompressed,
    large,
    index,
    nested,
    empty_index,
    artifact,
    artifact_index,
    artifact_without_layers,
    subjects,
    index_subjects,
    missing_subject,
    data_field,
    non_distributable,
    custom_fields,
    no_layers,
    odd_bytes,
]


class Client:
    """Somebody who logged in at a registry with two empty repositories."""

    app = create_app(Settings())

    def __init__(self):
        application = self.app.extensions["ecrmock"]
        application.reset()
        world = application.world
        for name in (REPO1, REPO2):
            world.transact(lambda name=name: world.of(Registry, ACCOUNT, REGION).create(RepositoryRow(name, 1.0)))
        claims = Claims(ACCOUNT, REGION, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "ecr", world.clock.now() + 3600)
        self.login = "Basic " + base64.b64encode(f"AWS:{issue(world, claims)}".encode()).decode()
        self.world = world
        self.client = self.app.test_client()

    def __call__(self, method, path, data=b"", repo=REPO1, **headers):
        """One request; `path` below the repository, or a Location."""
        url = path if path.startswith("/v2") else f"/v2/{repo}/{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(url, method=method, data=data, headers={"Authorization": self.login, **sent})

    def allow_mounts(self):
        registry = self.world.of(Registry, ACCOUNT, REGION)
        self.world.transact(lambda: registry.set_setting("BLOB_MOUNTING", "ENABLED"))

    # -- what every test needs

    def push_blob(self, digest, data, repo=REPO1):
        """Upload in one request."""
        path = f"blobs/uploads/?digest={digest}"
        assert self("POST", path, data, repo, Content_Type=OCTETS).status_code == 201

    def push(self, content):
        """Everything, blobs first; manifests by digest, with their tags as parameters."""
        for digest, data in content.blobs.items():
            self.push_blob(digest, data)
        for manifest in content.manifests:
            query = "&".join(f"tag={tag}" for tag in manifest.tags)
            path = f"manifests/{manifest.digest}?{query}"
            assert self("PUT", path, manifest.data, Content_Type=manifest.media_type).status_code == 201

    def put(self, manifest, reference=None, repo=REPO1):
        """A PUT of a manifest that must succeed, and whose Location must lead to it."""
        answer = self(
            "PUT", f"manifests/{reference or manifest.digest}", manifest.data, repo, Content_Type=manifest.media_type
        )
        assert answer.status_code == 201
        assert answer.headers["Content-Length"] == "0"
        assert answer.headers.getlist("OCI-Subject") == ([manifest.subject] if manifest.subject else [])
        expected = manifest.digest
        if not expected.startswith("sha256:") and reference and ":" not in reference:
            expected = digest_of(manifest.data)
        assert answer.headers["Docker-Content-Digest"] == expected
        self.is_manifest(answer.headers["Location"], manifest)
        return answer

    def is_manifest(self, path, manifest, digest=None):
        """GET and HEAD bring exactly this manifest."""
        accept = {"Accept": f"{OCI_INDEX}, {OCI}"}
        answer = self("GET", path, **accept)
        assert (answer.status_code, answer.data) == (200, manifest.data)
        head = self("HEAD", path, **accept)
        assert (head.status_code, head.data) == (200, b"")
        for told in (answer.headers, head.headers):
            assert told["Content-Type"] == manifest.media_type
            assert told["Content-Length"] == str(len(manifest.data))
            if digest:
                assert told["Docker-Content-Digest"] == digest

    def is_gone(self, path):
        """GET and HEAD know nothing of it, at once."""
        assert self("GET", path).status_code == 404
        head = self("HEAD", path)
        assert (head.status_code, head.data) == (404, b"")

    def tags(self, query=""):
        answer = self("GET", f"tags/list{query}")
        assert answer.status_code == 200
        assert answer.json["name"] == REPO1
        return answer.json["tags"]

    def referrers(self, subject, kind=None):
        """(descriptors, whether the registry filtered)."""
        query = f"?artifactType={quote(kind, safe='')}" if kind else ""
        answer = self("GET", f"referrers/{subject}{query}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, OCI_INDEX)
        body = answer.get_json(force=True)
        assert (body["schemaVersion"], body["mediaType"]) == (2, OCI_INDEX)
        return body["manifests"], answer.headers.get("OCI-Filters-Applied") == "artifactType"


@pytest.fixture
def client():
    return Client()


@pytest.fixture(params=["sha256", "sha512"])
def algorithm(request):
    return request.param


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def content(request, algorithm):
    """Content of each kind under each algorithm."""
    found = Content(algorithm)
    request.param(found)
    return found


@pytest.fixture
def blob(algorithm):
    """A function from a length to (digest, bytes)."""

    def make(size, data=None):
        data = bytes(place * 7 % 251 for place in range(size)) if data is None else data
        return digest_of(data, algorithm), data

    return make
