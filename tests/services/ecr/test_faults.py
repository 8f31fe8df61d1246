"""A call happens wholly or not at all: every n-th store write of every operation fails once, and nothing remains."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from constants import NOON, OCI, signed
from images import descriptor, digest_of, encoded, image_of, index_of, simple
from werkzeug.test import Client

from ecrmock.app import App
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE
from ecrmock.services.ecr import ecr
from ecrmock.services.kms import kms as kms_service
from ecrmock.services.secretsmanager import secretsmanager
from ecrmock.settings import Settings
from ecrmock.sources.own import OwnSource

APP = "team/app"
ARN = f"arn:aws:ecr:us-east-1:123456789012:repository/{APP}"


class BrokenStoreError(Exception):
    """What a write meets."""


class Fault:
    """Lets exactly the n-th write fail."""

    def __init__(self, n):
        self.left = n

    def __call__(self):
        self.left -= 1
        if not self.left:
            raise BrokenStoreError

    @property
    def struck(self):
        return self.left <= 0


DELAYS = tuple((kind, "manual") for kind in ("restore-image", "replication-backfill", "sign-image"))


class Doors:
    """Both doors of a world with repeatable ids and a clock that stands still."""

    def __init__(self):
        self.application = App(Settings(seed="x", quota_layer_part_minimum=1, delays=DELAYS))
        self.world = self.application.world
        self.world.clock.freeze(NOON)
        self.client = Client(self.application)
        token = self.good("GetAuthorizationToken")["authorizationData"][0]["authorizationToken"]
        self.login = {"Authorization": f"Basic {token}"}

    def api(self, operation, **request):
        """(status, body) at the AWS door."""
        return self.call(f"AmazonEC2ContainerRegistry_V20150921.{operation}", request)

    def kms(self, operation, **request):
        """(status, body) of the KMS neighbour."""
        return self.call(f"TrentService.{operation}", request)

    def call(self, target, request):
        headers = {"X-Amz-Target": target, "Authorization": signed(), "Content-Type": "application/x-amz-json-1.1"}
        answer = self.client.post("/", data=json.dumps(request), headers=headers)
        return answer.status_code, json.loads(answer.data)

    def good(self, operation, **request):
        status, body = self.api(operation, **request)
        assert status == 200, body
        return body

    def docker(self, method, path, data=b"", **headers):
        """(status, what the answer says) at the docker door."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("/v2/") else f"/v2/{APP}/{path}"
        answer = self.client.open(url, method=method, data=data, headers={**self.login, **named})
        told = {name: answer.headers.get(name) for name in ("Location", "Range", "Docker-Content-Digest")}
        return answer.status_code, answer.json if answer.is_json else (told, answer.data)

    def key(self, *aliases):
        """A new key of KMS; its id."""
        status, body = self.kms("CreateKey")
        assert status == 200, body
        key = body["KeyMetadata"]["KeyId"]
        for alias in aliases:
            assert self.kms("CreateAlias", AliasName=alias, TargetKeyId=key)[0] == 200
        return key

    def upload(self, data):
        digest = digest_of(data)
        return digest if self.docker("POST", f"blobs/uploads/?digest={digest}", data)[0] == 201 else None

    def open(self, *parts):
        """An upload with these parts; its id."""
        upload = self.good("InitiateLayerUpload", repositoryName=APP)["uploadId"]
        for part in parts:
            assert self.docker("PATCH", f"blobs/uploads/{upload}", part)[0] == 202
        return upload

    def manifest(self, content, **members):
        """The text of an image whose blobs are here."""
        body, blobs = simple(content, **members)
        for data in blobs.values():
            self.upload(data)
        return json.dumps(body)

    def push(self, content, *tags):
        """An image with these tags, or without any."""
        manifest = self.manifest(content)
        for tag in tags or (None,):
            more = {"imageTag": tag} if tag else {}
            self.good("PutImage", repositoryName=APP, imageManifest=manifest, **more)
        return manifest

    def index(self, *manifests):
        return json.dumps(index_of(*(descriptor(each, OCI) for each in manifests)))

    def state(self):
        """Everything that must be as before after a failure."""
        return self.world.store.dump(), self.world.blobs.names()


class Deed(NamedTuple):
    """What is done, in which world, and how it shows afterwards that it was done well."""

    prepare: Callable[[Doors], Any]
    act: Callable[[Doors, Any], tuple[int, Any]]
    proof: Callable[[Doors, Any], Any] = lambda _doors, _context: None


def repository(doors):
    doors.good("CreateRepository", repositoryName=APP, tags=[{"Key": "old", "Value": "1"}])


def with_repository(prepare):
    def prepared(doors):
        repository(doors)
        return prepare(doors)

    return prepared


def api(operation, prepare=lambda _doors: None, proof=lambda _doors, _context: None, **request):
    """A deed at the AWS door; a member that is a function is given what was prepared."""

    def act(doors, context):
        values = {name: value(context) if callable(value) else value for name, value in request.items()}
        return doors.api(operation, **values)

    return Deed(with_repository(prepare), act, proof)


def docker(method, path, prepare=lambda _doors: None, proof=lambda _doors, _context: None, data=b"", **headers):
    """A deed at the docker door; path and data may be functions of what was prepared."""

    def act(doors, context):
        where, body = (value(context) if callable(value) else value for value in (path, data))
        return doors.docker(method, where, body, **headers)

    return Deed(with_repository(prepare), act, proof)


def kms(operation, prepare=lambda _doors: None, **request):
    """A deed at the KMS neighbour."""

    def act(doors, context):
        values = {name: value(context) if callable(value) else value for name, value in request.items()}
        return doors.kms(operation, **values)

    return Deed(prepare, act)


def secret(operation, prepare=lambda _doors: None, **request):
    """A deed at the Secrets Manager neighbour."""
    return Deed(prepare, lambda doors, _context: doors.call(f"secretsmanager.{operation}", request))


def with_secret(doors):
    assert doors.call("secretsmanager.CreateSecret", SECRET)[0] == 200


def with_rule(doors):
    doors.good("CreatePullThroughCacheRule", **RULE)


RULE = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
SECRET = {"Name": "ecr-pullthroughcache/hub", "SecretString": "{}"}


def created(prepare=lambda _doors: None, **encryption):
    """The creation of a repository under a key."""

    def act(doors, context):
        values = {name: value(context) if callable(value) else value for name, value in encryption.items()}
        return doors.api("CreateRepository", repositoryName=APP, encryptionConfiguration=values)

    return Deed(prepare, act)


def archived(doors, *, restoring=False):
    """An image in the archive, or on its way back; its manifest."""
    manifest = doors.push("one", "v1")
    for target in ("ARCHIVE", "STANDARD")[: 2 if restoring else 1]:
        doors.good("UpdateImageStorageClass", **NAME, imageId={"imageTag": "v1"}, targetStorageClass=target)
    return manifest


def restoring(doors):
    return archived(doors, restoring=True)


def attached(doors):
    """An image and two artifacts that refer to it; the digest of the image."""
    subject = digest_of(doors.push("one", "v1"))
    row = {"mediaType": OCI, "digest": subject, "size": 1}
    for content in ("sbom", "signature"):
        doors.good("PutImage", **NAME, imageManifest=doors.manifest(content, subject=row, artifactType="x/y"))
    return subject


def mountable(doors):
    """A layer in use in another repository, and mounts allowed; its digest."""
    doors.good("PutAccountSetting", name="BLOB_MOUNTING", value="ENABLED")
    doors.good("CreateRepository", repositoryName="other")
    digest = digest_of(b"shared")
    assert doors.docker("POST", f"/v2/other/blobs/uploads/?digest={digest}", b"shared")[0] == 201
    row = descriptor(b"shared", "x/y")
    assert doors.docker("PUT", "/v2/other/manifests/v1", encoded(image_of(row, row)), Content_Type=OCI)[0] == 201
    return digest


def full(doors):
    """A repository with everything in it."""
    one, two = doors.push("one", "a", "b"), doors.push("two")
    index = doors.index(one, two)
    doors.good("PutImage", repositoryName=APP, imageManifest=index, imageTag="multi")
    doors.good("UpdateImageStorageClass", **NAME, imageId={"imageTag": "multi"}, targetStorageClass="ARCHIVE")
    doors.good("UpdateImageStorageClass", **NAME, imageId={"imageTag": "a"}, targetStorageClass="ARCHIVE")
    doors.upload(b"loose")
    doors.open(b"part")


def finishes(doors, upload):
    """The bytes of an upload are what they should be: it can be finished under their digest."""
    return doors.docker("PUT", f"blobs/uploads/{upload}?digest={digest_of(b'onetwo')}"), doors.world.blobs.names()


def base64_of(data):
    return base64.b64encode(data).decode()


NAME = {"repositoryName": APP}
MANIFEST = {"Content_Type": OCI}
SHA256 = digest_of(b"nothing")
SHA512 = "sha512:" + hashlib.sha512(b"data").hexdigest()
ALICE = "arn:aws:iam::123456789012:user/alice"
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
REGISTRY_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT | {"Resource": "*"}]})
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
                "action": {"type": "expire"},
            }
        ]
    }
)


def with_lifecycle(doors):
    """A policy that keeps one image, over an index, its children, and one that is younger."""
    one = doors.push("one")
    doors.good("PutImage", repositoryName=APP, imageManifest=doors.index(one), imageTag="multi")
    doors.push("two", "young")
    doors.good("PutLifecyclePolicy", **NAME, lifecyclePolicyText=LIFECYCLE)


def backfilling(doors):
    """A backfill that waits for its release."""
    doors.good("PutReplicationConfiguration", replicationConfiguration=REPLICATION)
    return doors.good("StartReplicationBackfill", destination=DESTINATION)


TEMPLATE = {"prefix": "team", "appliedFor": ["CREATE_ON_PUSH"], "lifecyclePolicy": LIFECYCLE}
DESTINATION = {"region": "eu-west-1", "registryId": "123456789012"}
ON_PUSH = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]


def image(doors, tag):
    """A single image under this tag."""
    manifest = doors.manifest(tag)
    doors.good("PutImage", **NAME, imageManifest=manifest, imageTag=tag)
    return manifest


def scanned(doors):
    """An image that was scanned; its manifest."""
    manifest = image(doors, "one")
    doors.good("StartImageScan", **NAME, imageId={"imageTag": "one"})
    doors.good("DescribeImageScanFindings", **NAME, imageId={"imageTag": "one"})
    return manifest


def queued(doors):
    """A scanned image, for which an answer waits."""
    manifest = scanned(doors)
    answer = {**NAME, "imageId": {"imageTag": "one"}, "imageScanStatus": {"status": "COMPLETE"}}
    posted = doors.client.post("/moto-api/static/ecr/scan-finding-results", data=json.dumps({"results": [answer]}))
    assert posted.status_code == 201
    return manifest


REPLICATION = {"rules": [{"destinations": [DESTINATION]}]}
SPREADING = {"rules": [{"destinations": [DESTINATION], "deleteReplication": {"enabled": True}}]}
SIGNING = {
    "rules": [
        {"signingProfileArn": f"arn:aws:signer:us-east-1:123456789012:/signing-profiles/{name}"}
        for name in ("one", "two")
    ]
}


def with_signing(doors):
    """A configuration of two profiles, and an image that they are to sign."""
    doors.good("PutSigningConfiguration", signingConfiguration=SIGNING)
    doors.push("one", "v1")


DEEDS = {
    "CreateRepository": Deed(
        lambda _doors: None,
        lambda doors, _: doors.api("CreateRepository", repositoryName=APP, tags=[{"Key": "a", "Value": "b"}]),
    ),
    "DeleteRepository": api("DeleteRepository", **NAME),
    "DeleteRepository with layers and uploads": api(
        "DeleteRepository", lambda doors: (doors.upload(b"loose"), doors.open(b"part")), **NAME
    ),
    "DeleteRepository by force": api("DeleteRepository", full, **NAME, force=True),
    "TagResource": api("TagResource", resourceArn=ARN, tags=[{"Key": "a", "Value": "b"}]),
    "UntagResource": api("UntagResource", resourceArn=ARN, tagKeys=["old"]),
    "PutImage without tag": api("PutImage", lambda doors: doors.manifest("one"), **NAME, imageManifest=lambda m: m),
    "PutImage": api("PutImage", lambda doors: doors.manifest("one"), **NAME, imageManifest=lambda m: m, imageTag="v1"),
    "PutImage of a second tag": api(
        "PutImage", lambda doors: doors.push("one", "v1"), **NAME, imageManifest=lambda m: m, imageTag="v2"
    ),
    "PutImage moving a tag to a new image": api(
        "PutImage",
        lambda doors: (doors.push("one", "v1"), doors.manifest("two"))[1],
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v1",
    ),
    "PutImage moving a tag to a known image": api(
        "PutImage",
        lambda doors: (doors.push("one", "v1"), doors.push("two", "v2"))[1],
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v1",
    ),
    "PutImage of an index": api(
        "PutImage",
        lambda doors: doors.index(doors.push("one"), doors.push("two", "v2")),
        **NAME,
        imageManifest=lambda m: m,
        imageTag="multi",
    ),
    "BatchGetImage": api(
        "BatchGetImage",
        lambda doors: (doors.push("one", "a"), doors.push("two", "b")),
        **NAME,
        imageIds=[{"imageTag": "a"}, {"imageTag": "gone"}, {"imageTag": "b"}],
    ),
    "BatchDeleteImage of a tag": api(
        "BatchDeleteImage", lambda doors: doors.push("one", "a", "b"), **NAME, imageIds=[{"imageTag": "a"}]
    ),
    "BatchDeleteImage of the last tag": api(
        "BatchDeleteImage", lambda doors: doors.push("one", "a"), **NAME, imageIds=[{"imageTag": "a"}]
    ),
    "BatchDeleteImage of everything": api(
        "BatchDeleteImage",
        lambda doors: (doors.push("one", "a", "b"), doors.push("two", "c")),
        **NAME,
        imageIds=lambda pushed: [{"imageDigest": digest_of(pushed[0])}, {"imageTag": "gone"}, {"imageTag": "c"}],
    ),
    "BatchDeleteImage of a list": api(
        "BatchDeleteImage", full, **NAME, imageIds=[{"imageTag": "multi"}, {"imageTag": "a"}]
    ),
    "InitiateLayerUpload": api("InitiateLayerUpload", **NAME),
    "UploadLayerPart": api(
        "UploadLayerPart",
        lambda doors: doors.open(b"one"),
        finishes,
        **NAME,
        uploadId=lambda upload: upload,
        partFirstByte=3,
        partLastByte=5,
        layerPartBlob=base64_of(b"two"),
    ),
    "CompleteLayerUpload": api(
        "CompleteLayerUpload",
        lambda doors: doors.open(b"one", b"two"),
        **NAME,
        uploadId=lambda upload: upload,
        layerDigests=[digest_of(b"onetwo")],
    ),
    "POST uploads": docker("POST", "blobs/uploads/"),
    "POST of a whole blob": docker("POST", f"blobs/uploads/?digest={digest_of(b'data')}", data=b"data"),
    "POST of a whole blob by sha512": docker("POST", f"blobs/uploads/?digest={SHA512}", data=b"data"),
    "PATCH": docker(
        "PATCH", lambda upload: f"blobs/uploads/{upload}", lambda doors: doors.open(b"one"), finishes, b"two"
    ),
    "PATCH of the first bytes": docker(
        "PATCH", lambda upload: f"blobs/uploads/{upload}", lambda doors: doors.open(), finishes, b"onetwo"
    ),
    "PATCH with Content-Range": docker(
        "PATCH",
        lambda upload: f"blobs/uploads/{upload}",
        lambda doors: doors.open(b"one"),
        finishes,
        b"two",
        Content_Range="3-5",
    ),
    "PUT without body": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={digest_of(b'onetwo')}",
        lambda doors: doors.open(b"one", b"two"),
    ),
    "PUT with the last bytes": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={digest_of(b'onetwo')}",
        lambda doors: doors.open(b"one"),
        data=b"two",
    ),
    "PUT with all bytes": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={digest_of(b'onetwo')}",
        lambda doors: doors.open(),
        data=b"onetwo",
    ),
    "PUT of a layer that is here already": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={digest_of(b'onetwo')}",
        lambda doors: (doors.upload(b"onetwo"), doors.open(b"one"))[1],
        data=b"two",
    ),
    "DELETE of an upload": docker("DELETE", lambda upload: f"blobs/uploads/{upload}", lambda doors: doors.open(b"one")),
    "PUT of a manifest by tag": docker(
        "PUT", "manifests/v1", lambda doors: doors.manifest("one"), data=lambda m: m, **MANIFEST
    ),
    "PUT of a manifest moving a tag": docker(
        "PUT",
        "manifests/v1",
        lambda doors: (doors.push("one", "v1"), doors.manifest("two"))[1],
        data=lambda m: m,
        **MANIFEST,
    ),
    "PUT of a manifest by digest": docker(
        "PUT",
        lambda m: f"manifests/{digest_of(m)}",
        lambda doors: doors.manifest("one"),
        data=lambda m: m,
        **MANIFEST,
    ),
    "PUT of a manifest by sha512": docker(
        "PUT",
        lambda m: f"manifests/sha512:{hashlib.sha512(m.encode()).hexdigest()}",
        lambda doors: doors.manifest("one"),
        data=lambda m: m,
        **MANIFEST,
    ),
    "GET of a manifest": docker("GET", "manifests/v1", lambda doors: doors.push("one", "v1")),
    "DELETE of a manifest by tag": docker("DELETE", "manifests/v1", lambda doors: doors.push("one", "v1", "v2")),
    "DELETE of a manifest by its last tag": docker("DELETE", "manifests/v1", lambda doors: doors.push("one", "v1")),
    "CreateRepository under the managed key": created(encryptionType="KMS"),
    "CreateRepository under an alias": created(
        lambda doors: doors.key("alias/mine"), encryptionType="KMS", kmsKey="alias/mine"
    ),
    "PutImageTagMutability": api(
        "PutImageTagMutability",
        **NAME,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev-*"}],
    ),
    "PutImageScanningConfiguration": api(
        "PutImageScanningConfiguration", **NAME, imageScanningConfiguration={"scanOnPush": True}
    ),
    "PutAccountSetting": api("PutAccountSetting", name="BLOB_MOUNTING", value="ENABLED"),
    "RegisterPullTimeUpdateExclusion": api("RegisterPullTimeUpdateExclusion", principalArn=ALICE),
    "DeregisterPullTimeUpdateExclusion": api(
        "DeregisterPullTimeUpdateExclusion",
        lambda doors: doors.good("RegisterPullTimeUpdateExclusion", principalArn=ALICE),
        principalArn=ALICE,
    ),
    "SetRepositoryPolicy": api("SetRepositoryPolicy", **NAME, policyText=POLICY),
    "DeleteRepositoryPolicy": api(
        "DeleteRepositoryPolicy", lambda doors: doors.good("SetRepositoryPolicy", **NAME, policyText=POLICY), **NAME
    ),
    "PutRegistryPolicy": api("PutRegistryPolicy", policyText=REGISTRY_POLICY),
    "DeleteRegistryPolicy": api(
        "DeleteRegistryPolicy", lambda doors: doors.good("PutRegistryPolicy", policyText=REGISTRY_POLICY)
    ),
    "PutLifecyclePolicy": api("PutLifecyclePolicy", **NAME, lifecyclePolicyText=LIFECYCLE),
    "PutLifecyclePolicy in place of another": api(
        "PutLifecyclePolicy", with_lifecycle, **NAME, lifecyclePolicyText=LIFECYCLE
    ),
    "DeleteLifecyclePolicy": api("DeleteLifecyclePolicy", with_lifecycle, **NAME),
    "StartLifecyclePolicyPreview": api(
        "StartLifecyclePolicyPreview",
        with_lifecycle,
        lambda doors, _context: doors.good("GetLifecyclePolicyPreview", **NAME),
        **NAME,
    ),
    "DeleteRepository with a lifecycle policy and a preview": api(
        "DeleteRepository",
        lambda doors: (
            with_lifecycle(doors),
            doors.good("StartLifecyclePolicyPreview", **NAME),
            doors.good("GetLifecyclePolicyPreview", **NAME),
        ),
        **NAME,
        force=True,
    ),
    "PutReplicationConfiguration": api("PutReplicationConfiguration", replicationConfiguration=REPLICATION),
    "CreateRepositoryCreationTemplate": api("CreateRepositoryCreationTemplate", **TEMPLATE),
    "UpdateRepositoryCreationTemplate": api(
        "UpdateRepositoryCreationTemplate",
        lambda doors: doors.good("CreateRepositoryCreationTemplate", **TEMPLATE),
        prefix="team",
        description="other",
    ),
    "DeleteRepositoryCreationTemplate": api(
        "DeleteRepositoryCreationTemplate",
        lambda doors: doors.good("CreateRepositoryCreationTemplate", **TEMPLATE),
        prefix="team",
    ),
    "BatchDeleteImage that is replicated": api(
        "BatchDeleteImage",
        lambda doors: (
            doors.good("PutReplicationConfiguration", replicationConfiguration=SPREADING),
            doors.push("one", "v1", "v2"),
            doors.good("DescribeRegistry"),  # the copy is made
        ),
        **NAME,
        imageIds=[{"imageTag": "v1"}],
    ),
    "StartReplicationBackfill": api(
        "StartReplicationBackfill",
        lambda doors: doors.good("PutReplicationConfiguration", replicationConfiguration=REPLICATION),
        destination=DESTINATION,
    ),
    "StopReplicationBackfill": api(
        "StopReplicationBackfill",
        backfilling,
        replicationBackfillId=lambda answer: answer["replicationBackfillId"],
    ),
    "PutSigningConfiguration": api("PutSigningConfiguration", signingConfiguration=SIGNING),
    "DeleteSigningConfiguration": api("DeleteSigningConfiguration", with_signing),
    "PutImage that is signed": api(
        "PutImage",
        lambda doors: (with_signing(doors), doors.manifest("two"))[1],
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v2",
    ),
    "BatchDeleteImage of an image that is to be signed": api(
        "BatchDeleteImage", with_signing, **NAME, imageIds=[{"imageTag": "v1"}]
    ),
    "PutImage that is replicated": api(
        "PutImage",
        lambda doors: (
            doors.good("PutReplicationConfiguration", replicationConfiguration=REPLICATION),
            doors.manifest("one"),
        )[1],
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v1",
    ),
    "PutRegistryScanningConfiguration": api("PutRegistryScanningConfiguration", scanType="ENHANCED", rules=ON_PUSH),
    "PutRegistryScanningConfiguration over images": api(
        "PutRegistryScanningConfiguration",
        lambda doors: image(doors, "one"),
        lambda doors, _context: doors.good("DescribeImageScanFindings", **NAME, imageId={"imageTag": "one"}),
        scanType="ENHANCED",
        rules=ON_PUSH,
    ),
    "StartImageScan": api(
        "StartImageScan",
        lambda doors: image(doors, "one"),
        lambda doors, _context: doors.good("DescribeImageScanFindings", **NAME, imageId={"imageTag": "one"}),
        **NAME,
        imageId={"imageTag": "one"},
    ),
    "PutImage that is scanned": api(
        "PutImage",
        lambda doors: (doors.good("PutRegistryScanningConfiguration", rules=ON_PUSH), doors.manifest("one"))[1],
        lambda doors, _context: doors.good("DescribeImageScanFindings", **NAME, imageId={"imageTag": "v1"}),
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v1",
    ),
    "BatchDeleteImage of a scanned image": api("BatchDeleteImage", scanned, **NAME, imageIds=[{"imageTag": "one"}]),
    "UpdateImageStorageClass of a scanned image": api(
        "UpdateImageStorageClass",
        scanned,
        **NAME,
        imageId={"imageTag": "one"},
        targetStorageClass="ARCHIVE",
    ),
    "DescribeImageScanFindings that takes a queued answer": api(
        "DescribeImageScanFindings", queued, **NAME, imageId={"imageTag": "one"}
    ),
    "UpdateImageStorageClass into the archive": api(
        "UpdateImageStorageClass",
        lambda doors: doors.push("one", "v1"),
        **NAME,
        imageId={"imageTag": "v1"},
        targetStorageClass="ARCHIVE",
    ),
    "UpdateImageStorageClass back": api(
        "UpdateImageStorageClass",
        archived,
        lambda doors, _context: doors.good("DescribeImages", **NAME, imageIds=[{"imageTag": "v1"}]),
        **NAME,
        imageId={"imageTag": "v1"},
        targetStorageClass="STANDARD",
    ),
    "PutImage of an archived image": api("PutImage", archived, **NAME, imageManifest=lambda m: m),
    "PutImage of an archived image under a new tag": api(
        "PutImage", archived, **NAME, imageManifest=lambda m: m, imageTag="v2"
    ),
    "PutImage of an image on its way back": api(
        "PutImage", restoring, **NAME, imageManifest=lambda m: m, imageTag="v2"
    ),
    "PutImage of a referrer": api(
        "PutImage",
        lambda doors: doors.manifest("sbom", subject={"mediaType": OCI, "digest": SHA256, "size": 1}),
        **NAME,
        imageManifest=lambda m: m,
    ),
    "BatchDeleteImage of an archived image": api("BatchDeleteImage", archived, **NAME, imageIds=[{"imageTag": "v1"}]),
    "BatchDeleteImage of referrers with their subject": api(
        "BatchDeleteImage",
        lambda doors: (attached(doors), doors.good("ListImages", **NAME)["imageIds"])[1],
        **NAME,
        imageIds=lambda ids: ids,
    ),
    "POST that mounts": docker("POST", lambda digest: f"blobs/uploads/?mount={digest}&from=other", mountable),
    "POST that mounts from anywhere": docker("POST", lambda digest: f"blobs/uploads/?mount={digest}", mountable),
    "DELETE of a blob in use": docker(
        "DELETE", f"blobs/{digest_of(b'layer of one')}", lambda doors: doors.push("one", "v1")
    ),
    "DELETE of a loose blob": docker("DELETE", f"blobs/{digest_of(b'loose')}", lambda doors: doors.upload(b"loose")),
    "PUT of a manifest with many tags": docker(
        "PUT",
        lambda m: f"manifests/{digest_of(m)}?tag=a&tag=b&tag=c",
        lambda doors: (doors.push("two", "b"), doors.manifest("one"))[1],
        data=lambda m: m,
        **MANIFEST,
    ),
    "PUT of an archived manifest": docker("PUT", "manifests/v2", archived, data=lambda m: m, **MANIFEST),
    "DELETE of a manifest of a live list by its last tag": docker(
        "DELETE",
        "manifests/v1",
        lambda doors: doors.good("PutImage", **NAME, imageManifest=doors.index(doors.push("one", "v1"))),
    ),
    "KMS CreateKey": kms("CreateKey", Description="mine"),
    "KMS CreateAlias": kms("CreateAlias", lambda doors: doors.key(), AliasName="alias/a", TargetKeyId=lambda key: key),
    "KMS DisableKey": kms("DisableKey", lambda doors: doors.key(), KeyId=lambda key: key),
    "KMS EnableKey": kms(
        "EnableKey",
        lambda doors: (key := doors.key(), doors.kms("DisableKey", KeyId=key))[0],
        KeyId=lambda key: key,
    ),
    "KMS ScheduleKeyDeletion": kms("ScheduleKeyDeletion", lambda doors: doors.key(), KeyId=lambda key: key),
    "KMS CancelKeyDeletion": kms(
        "CancelKeyDeletion",
        lambda doors: (key := doors.key(), doors.kms("ScheduleKeyDeletion", KeyId=key))[0],
        KeyId=lambda key: key,
    ),
    "CreatePullThroughCacheRule": api("CreatePullThroughCacheRule", **RULE),
    "UpdatePullThroughCacheRule": api(
        "UpdatePullThroughCacheRule", with_rule, ecrRepositoryPrefix="quay", customRoleArn="x"
    ),
    "DeletePullThroughCacheRule": api("DeletePullThroughCacheRule", with_rule, ecrRepositoryPrefix="quay"),
    "Secret CreateSecret": secret("CreateSecret", **SECRET),
    "Secret PutSecretValue": secret("PutSecretValue", with_secret, SecretId=SECRET["Name"], SecretString="x"),
    "Secret DeleteSecret": secret("DeleteSecret", with_secret, SecretId=SECRET["Name"]),
    "KMS that is called for the first time": kms("ListAliases"),
    "DELETE of a manifest by digest": docker(
        "DELETE", lambda m: f"manifests/{digest_of(m)}", lambda doors: doors.push("one", "v1", "v2")
    ),
}

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def anonymous(value):
    """The text of a value without what differs from one attempt to the next: ids, and numbers of a sequence."""
    text = UUID.sub("<id>", repr(value))
    text = re.sub(r"\bnumber=\d+", "number=<n>", text)
    text = re.sub(r"(tail='|ecr-pullthroughcache/hub-)\w{6}", r"\1<tail>", text)
    return re.sub(r"'(imagePushedAt|createdAt|lastA\w+At|updatedAt)': [0-9.e+]+", r"'\1': <time>", text)


def shape(state):
    """A state, comparable with that of another attempt."""
    tables, blobs = state
    rows = {
        name: {partition: sorted(anonymous(record) for record in rows.values()) for partition, rows in parts.items()}
        for name, parts in tables.items()
    }
    return rows, blobs


def failed(status, body):
    """A fault is answered in the door's own words."""
    assert status == 500, body
    if "errors" in body:
        assert [error["code"] for error in body["errors"]] == ["UNKNOWN"]
    else:
        assert body["__type"] == "ServerException"


def done(deed, doors, context, outcome):
    """Everything that shows what a deed did."""
    state = shape(doors.state())
    return anonymous(outcome), state, anonymous(deed.proof(doors, context)), shape(doors.state())


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_whichever_write_fails_nothing_remains_and_another_attempt_succeeds(deed):
    doors = Doors()
    context = deed.prepare(doors)
    outcome = deed.act(doors, context)
    assert outcome[0] < 300, outcome
    expected = done(deed, doors, context, outcome)
    for n in range(1, 100):
        doors = Doors()
        context = deed.prepare(doors)
        before = doors.state()
        fault = doors.world.store.before_write = Fault(n)
        outcome = deed.act(doors, context)
        doors.world.store.before_write = None
        if not fault.struck:
            assert n > 1, "it writes nothing"
            assert done(deed, doors, context, outcome) == expected
            return
        failed(*outcome)
        assert doors.state() == before, f"something remains when write {n} fails"
        assert done(deed, doors, context, deed.act(doors, context)) == expected, f"after write {n} failed"
    pytest.fail("it never ends")


READS = {
    "BatchCheckLayerAvailability": {**NAME, "layerDigests": [SHA256]},
    "BatchGetRepositoryScanningConfiguration": {"repositoryNames": [APP]},
    "DescribeImageReplicationStatus": {**NAME, "imageId": {"imageTag": "a"}},
    "DescribeImageSigningStatus": {**NAME, "imageId": {"imageTag": "a"}},
    "DescribeImages": NAME,
    "DescribeRegistry": {},
    "DescribePullThroughCacheRules": {},
    "DescribeRepositories": {},
    "DescribeRepositoryCreationTemplates": {},
    "GetAccountSetting": {"name": "BLOB_MOUNTING"},
    "GetAuthorizationToken": {},
    "GetDownloadUrlForLayer": {**NAME, "layerDigest": digest_of(b"layer of two")},
    "GetLifecyclePolicy": NAME,
    "GetLifecyclePolicyPreview": NAME,
    "GetRegistryPolicy": {},
    "GetRegistryScanningConfiguration": {},
    "GetRepositoryPolicy": NAME,
    "GetSigningConfiguration": {},
    "ListImageReferrers": {**NAME, "subjectId": {"imageDigest": SHA256}},
    "ListImages": NAME,
    "ListPullTimeUpdateExclusions": {},
    "ListReplicationBackfills": {},
    "ListTagsForResource": {"resourceArn": ARN},
    "ValidatePullThroughCacheRule": {"ecrRepositoryPrefix": "quay"},
}
"""Those that only read; the rest must be above."""


def test_every_operation_that_writes_is_tried_here():
    tried = {name.partition(" ")[0] for name in DEEDS}
    assert set(ecr.operations) <= tried | set(READS) | {"DescribeReplicationBackfillResults"}  # it has its own below
    of_kms = {name.split()[1] for name in DEEDS if name.startswith("KMS ")}
    # a look at the keys writes once: that KMS was called
    assert set(kms_service.operations) <= of_kms | {"DescribeKey", "ListAliases"}
    of_secrets = {name.split()[1] for name in DEEDS if name.startswith("Secret ")}
    assert set(secretsmanager.operations) <= of_secrets | {"DescribeSecret", "GetSecretValue"}


@pytest.mark.parametrize("operation", READS)
def test_a_call_that_reads_writes_nothing(operation):
    doors = Doors()
    repository(doors)
    full(doors)
    doors.good("SetRepositoryPolicy", **NAME, policyText=POLICY)
    doors.good("PutRegistryPolicy", policyText=REGISTRY_POLICY)
    doors.good("PutSigningConfiguration", signingConfiguration=SIGNING)
    doors.good("PutLifecyclePolicy", **NAME, lifecyclePolicyText=LIFECYCLE)
    doors.good("StartLifecyclePolicyPreview", **NAME)
    doors.good("GetLifecyclePolicyPreview", **NAME)  # makes it
    with_rule(doors)
    doors.world.store.before_write = Fault(1)
    doors.good(operation, **READS[operation])


def test_results_of_a_backfill_are_read_without_a_write():
    doors = Doors()
    answer = backfilling(doors)
    doors.world.store.before_write = Fault(1)
    doors.good("DescribeReplicationBackfillResults", replicationBackfillId=answer["replicationBackfillId"])


def test_create_on_push_happens_wholly_or_not_at_all_and_apart_from_the_push():
    doors = Doors()
    doors.good("CreateRepositoryCreationTemplate", **TEMPLATE)
    before = doors.state()
    for n in range(1, 100):
        fault = doors.world.store.before_write = Fault(n)
        status, _ = doors.api("InitiateLayerUpload", repositoryName="team/new")
        doors.world.store.before_write = None
        made = doors.api("DescribeRepositories", repositoryNames=["team/new"])[0] == 200
        if made:
            break
        assert status == 500
        assert doors.state() == before, f"something remains when write {n} fails"
    assert n > 2  # the row and the policy are one transaction
    assert fault.struck  # the push failed after it, and the repository stays
    assert doors.good("GetLifecyclePolicy", repositoryName="team/new")
    assert doors.good("InitiateLayerUpload", repositoryName="team/new")


def test_a_cached_pull_imports_wholly_or_not_at_all_and_apart_from_the_pull():
    doors = Doors()
    repository(doors)
    one, two = doors.push("one"), doors.push("two")
    doors.good("PutImage", **NAME, imageManifest=doors.index(one, two), imageTag="v1")
    doors.good(
        "CreateRepositoryCreationTemplate", **TEMPLATE | {"prefix": "cache", "appliedFor": ["PULL_THROUGH_CACHE"]}
    )
    # a registry cannot be its own upstream: the region beside it is asked, and answered by what was pushed here
    rule = {"ecrRepositoryPrefix": "cache", "upstreamRegistryUrl": "123456789012.dkr.ecr.us-west-2.amazonaws.com"}
    doors.good("CreatePullThroughCacheRule", **rule)
    here = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    doors.world.put(OPEN_SOURCE, lambda place: OwnSource(doors.world, place._replace(host=here)))
    before, asked = doors.state(), {"repositoryName": f"cache/{APP}", "imageIds": [{"imageTag": "v1"}]}
    for n in range(1, 200):
        fault = doors.world.store.before_write = Fault(n)
        status, _ = doors.api("BatchGetImage", **asked)
        doors.world.store.before_write = None
        if doors.state() != before:
            break
        assert (status, fault.struck) == (500, True)
    assert n > 10  # repository, policy, four layers, three manifests: one transaction
    assert len(doors.good("DescribeImages", repositoryName=f"cache/{APP}")["imageDetails"]) == 3
    assert doors.good("BatchGetImage", **asked)["failures"] == []
    assert not doors.world.blobs._writers


def test_a_fault_is_answered_in_the_words_of_each_door():
    doors = Doors()
    repository(doors)
    doors.world.store.before_write = Fault(1)
    assert doors.api("InitiateLayerUpload", **NAME) == (
        500,
        {
            "__type": "ServerException",
            "message": "These errors are usually caused by a server-side issue.",
        },
    )
    doors.world.store.before_write = Fault(1)
    status, body = doors.docker("POST", "blobs/uploads/")
    assert status == 500
    assert body == {"errors": [{"code": "UNKNOWN", "message": "unknown error"}]}
