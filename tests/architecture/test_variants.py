"""Every operation, member by member: what the model admits is never refused for its shape, what it forbids always is.

The calls are made from the shipped model, so a new operation is tried as soon as it is there.
"""

import base64
import copy
import json
import re
from typing import Any, NamedTuple

import pytest

from ecrmock.app import App
from ecrmock.domain import names
from ecrmock.errors.base import ServiceError
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr
from ecrmock.settings import Settings

MODEL = Model("ecr")
PREFIX = MODEL.metadata["targetPrefix"]
SIGNED = "AWS4-HMAC-SHA256 Credential=123456789012/20261125/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0"
DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
"""That of `{}`."""
ROW = {"mediaType": "application/x", "digest": DIGEST, "size": 2}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {**ROW, "mediaType": "application/vnd.oci.image.config.v1+json"},
    "layers": [ROW],
}
UPLOAD = "12345678-1234-1234-1234-123456789abc"
APP = "team/app"
ARN = f"arn:aws:ecr:us-east-1:123456789012:repository/{APP}"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/x"
ROLE = "arn:aws:iam::123456789012:role/"
PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/"

# shape -> good values, the plainest first; those that a pattern, or a rule behind the model, does not leave free
LIFECYCLE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
    "action": {"type": "expire"},
}
GOOD = {
    "AccountSettingName": ["BLOB_MOUNTING", "REGISTRY_POLICY_SCOPE", "BASIC_SCAN_TYPE_VERSION"],
    "Arn": [ARN, ARN + "2"],
    "CredentialArn": [SECRET, SECRET + "x" * (612 - len(SECRET)), SECRET.replace("us-east-1:123456789012", "x:-")],
    "ImageDigest": [DIGEST, "sha512:" + "0" * 128, "x:0"],
    "ImageManifest": [json.dumps(MANIFEST), "{}", "x"],
    "ImageTag": ["v1", "a", "-", "A.b_c-9" * 42],
    "ImageTagMutabilityExclusionFilterValue": ["dev-*", "a", "*", "x" * 128, "A.b_9-*"],
    "KmsKeyForRepositoryCreationTemplate": ["", f"arn:aws:kms:us-east-1:123456789012:key/{UPLOAD}"],
    "LayerDigest": [DIGEST, "sha512:" + "0" * 128, "a+b.c_d-e:0Af"],
    "LayerPartBlob": [base64.b64encode(b"x").decode(), "", base64.b64encode(bytes(1000)).decode()],
    "LifecyclePolicyText": [json.dumps({"rules": [LIFECYCLE]}), "x" * 100, "{}".ljust(30_720)],
    "LifecyclePolicyTextForRepositoryCreationTemplate": ["", json.dumps({"rules": [LIFECYCLE]}), "x" * 30_720],
    "MediaType": [MANIFEST["mediaType"], ""],
    "Region": ["eu-west-1", "moon", "x-"],
    "RepositoryFilterValue": ["ab", "team/", "a" * 256, "a.b_c-/d", "--"],
    "Prefix": ["ROOT", "team", "a", "team/", "a__b/c-d", "a" * 256],
    "PrincipalArn": [
        ROLE + "a",
        ROLE + "a/b+=,.@-/c",
        ROLE + "x" * (200 - len(ROLE)),
        ROLE.replace("role", "user") + "a",
    ],
    "ReplicationBackfillId": [UPLOAD, UPLOAD.upper()],
    "PullThroughCacheRuleRepositoryPrefix": ["quay", "ROOT", "ab", "a.b_c-d/e__f/", "a" * 30],
    "RegistryId": ["123456789012", "000000000000"],
    "ScanningRepositoryFilterValue": ["team/*", "*", "a" * 255, "a.b_c-d/e", "*a*"],
    "RepositoryName": [APP, "ab", "a" * 256, "a__b", "a---b/c.d", "0/1"],
    "SigningProfileArn": [
        PROFILE + "ab",
        PROFILE.replace("1234", "4321") + "A_9",
        PROFILE + "x" * (200 - len(PROFILE)),
    ],
    "SigningRepositoryFilterValue": ["team/*", "*", "a*b/*.c-d_*e", "a" * 256],
    "UploadId": [UPLOAD, UPLOAD.upper()],
}
# shape -> values that its pattern forbids
PATTERNLESS = {
    "CredentialArn": [SECRET.replace("ecr-", ""), SECRET + "\n", SECRET + "é", SECRET.replace("arn", "ARN")],
    "PullThroughCacheRuleRepositoryPrefix": ["AB", "a b", "/ab", "a//b", "Root", "ROOT/", "ab\n"],
    "Region": ["EU-WEST-1", "a b", "é" * 2, "eu-west-1\n"],
    "RepositoryFilterValue": ["AB", "a b", "a//b", "/a", "*a", "ab\n"],
    "ImageTagMutabilityExclusionFilterValue": ["a b", "a/b", "é", "a\n"],
    "KmsKeyForRepositoryCreationTemplate": ["nonsense", "alias/mine", f"arn:aws:kms:us-east-1:1:key/{UPLOAD}"],
    "LayerDigest": ["", "nonsense", ":", "sha256:", "sha256:xyz", "a b:0", f"{DIGEST}\n"],
    "Prefix": ["Team", "a b", "/", "/a", "a//b", "a/\n", "ROOT/", "é"],
    "ScanningRepositoryFilterValue": ["A", "a b", "a//b", "-a", "a.", "a\n", "a" * 254 + "é"],
    "PrincipalArn": ["", "nonsense", "arn:aws:iam::123456789012:root", f"{ROLE}", f"{ROLE}a\n"],
    "ReplicationBackfillId": ["", "nonsense", UPLOAD[:-1], f"{UPLOAD}0", UPLOAD.replace("-", "")],
    "SigningProfileArn": ["", "nonsense", PROFILE, PROFILE + "a", PROFILE + "a-b", PROFILE + "ab\n", PROFILE[:-1]],
    "SigningRepositoryFilterValue": ["A*", "a b", "/a", "a/", "a//b", "a\n", "?"],
    "UploadId": ["", "nonsense", UPLOAD[:-1], f"{UPLOAD}0", UPLOAD.replace("-", "")],
}
# members whose good values depend on other members: (operation, path) -> refusals that are no matter of shape
TOGETHER = {
    ("PutAccountSetting", "value"),
    ("UploadLayerPart", "layerPartBlob"),
}
WRONG: dict[str, list[Any]] = {
    "string": [5, 1.5, True, [], {}, ["x"], {"x": 1}],
    "blob": [5, 1.5, True, [], {}, "!not base64!"],
    "integer": ["5", "", True, [], {}],
    "long": ["5", "", False, [], {}],
    "boolean": ["maybe", "", 1, 0, 1.5, [], {}],
    "list": ["x", "", 5, True, {}, {"a": 1}],
    "structure": ["x", "", 5, 1.5, True, [], [{}]],
}
"""Values of the wrong JSON type, by type of shape."""
A_LOT = 400
"""Longest text that is made a character longer."""


class Fault(NamedTuple):
    """What a broken request must be told."""

    code: str
    path: str = ""
    constraint: str = ""


class Variant(NamedTuple):
    body: dict[str, Any]
    about: str
    fault: Fault | None = None


class Place(NamedTuple):
    """One value inside a request: how to get there, how AWS writes that, and of which shape it is."""

    steps: tuple[Any, ...]
    path: str
    shape: str
    member: str = ""
    required: bool = False


# -- good requests


def good(name, *, full):
    """The plainest value of a shape, with every member or only with those that are required."""
    shape = MODEL.shapes[name]
    if shape["type"] == "structure":
        wanted = shape["members"] if full else shape.get("required", [])
        return {member: good(shape["members"][member]["shape"], full=full) for member in wanted}
    if shape["type"] == "list":
        return [good(shape["member"]["shape"], full=full)]
    return values(name)[0]


def values(name):
    """Good values of a scalar shape: bounds, every value of an enum."""
    shape = MODEL.shapes[name]
    kind = shape["type"]
    if name in GOOD:
        return GOOD[name]
    if "enum" in shape:
        return list(shape["enum"])
    if kind == "string":
        assert "pattern" not in shape, f"{name} has a pattern: add good values of it to GOOD"
        bounds = {shape.get("min", 0), min(shape.get("max", 40), 40_000)}
        return ["text"] + ["x" * length for length in bounds]
    if kind in {"integer", "long"}:
        return [shape.get("min", 0), shape.get("min", 0) + 1, shape.get("max", 2**40)]
    return {"boolean": [True, False]}[kind]


def places(name, steps=(), path=""):
    """Every place inside a shape, itself left out."""
    shape = MODEL.shapes[name]
    if shape["type"] == "structure":
        for member, row in shape["members"].items():
            at = f"{path}.{member[0].lower()}{member[1:]}" if path else member
            needed = member in shape.get("required", ())
            place = Place((*steps, member), at, row["shape"], member, needed)
            yield place
            yield from places(place.shape, place.steps, place.path)
    elif shape["type"] == "list":
        inner = shape["member"]["shape"]
        # a rule on registries is told of the list (facts/api E31)
        place = Place((*steps, 0), path if inner == "RegistryId" else f"{path}.1.member", inner)
        yield place
        yield from places(inner, place.steps, place.path)


def found(body, steps):
    for step in steps:
        try:
            body = body[step]
        except (KeyError, IndexError):
            return None
    return body


def changed(body, steps, value):
    body = copy.deepcopy(body)
    inner = found(body, steps[:-1])
    inner[steps[-1]] = value
    return body


def without(body, steps):
    body = copy.deepcopy(body)
    del found(body, steps[:-1])[steps[-1]]
    return body


def bases(name):
    """Good requests: with what is required, with one optional member more, with everything."""
    least = good(name, full=False)
    yield "required", least
    for member, row in MODEL.shapes[name]["members"].items():
        if member not in least:
            for full in (False, True):
                yield f"and {member}", {**least, member: good(row["shape"], full=full)}
            inner = MODEL.shapes[row["shape"]]
            if inner["type"] == "structure":
                bare = good(row["shape"], full=False)
                for below, kind in inner["members"].items():
                    yield f"and {member}.{below}", {**least, member: {**bare, below: good(kind["shape"], full=True)}}
    yield "everything", good(name, full=True)


# -- variants


def accepted(operation):
    name = MODEL.operations[operation]["input"]["shape"]
    for about, body in bases(name):
        yield Variant(body, about)
        for place in places(name):
            if found(body, place.steps) is None:
                continue
            for value in larger(place.shape):
                yield Variant(changed(body, place.steps, value), f"{about}: {place.path} is {str(value)[:40]!r}")
            if not place.required and place.member:
                yield Variant(changed(body, place.steps, None), f"{about}: {place.path} is null")


def larger(name):
    """Good values of any shape that is not a structure."""
    shape = MODEL.shapes[name]
    if shape["type"] == "structure":
        return []
    if shape["type"] == "list":
        one = good(shape["member"]["shape"], full=True)
        return [[one] * count for count in {max(shape.get("min", 0), 1), shape.get("max", 2)}]
    return values(name)


def refused(operation):
    name = MODEL.operations[operation]["input"]["shape"]
    for about, body in bases(name):
        for place in places(name):
            if found(body, place.steps) is None:
                continue
            for value, fault in broken(operation, place):
                told = f"{about}: {place.path} is {str(value)[:40]!r}"
                yield Variant(changed(body, place.steps, value), told, fault)
            if place.required:
                null = Fault("InvalidParameterException", *missing(place))
                yield Variant(without(body, place.steps), f"{about}: {place.path} is missing", null)
                yield Variant(changed(body, place.steps, None), f"{about}: {place.path} is null", null)
    for body in ([], "x", 5, 1.5, True, [{}]):
        yield Variant(body, f"the body is {body!r}", Fault("SerializationException"))


def strangers(name, body):
    """(path, body) with a member that nobody knows in each structure of a request in turn."""
    yield "unknownMember", {**body, "unknownMember": {"a": [1]}}
    for place in places(name):
        inner = found(body, place.steps)
        if MODEL.shapes[place.shape]["type"] == "structure" and inner is not None:
            yield f"{place.path}.unknownMember", changed(body, place.steps, {**inner, "unknownMember": 0})


def missing(place):
    # family B: sentences of their own (facts/api E27, E42)
    if place.path == "repositoryName":
        return place.path, "must not be null"
    if place.path == "policyText":
        return "PolicyText", "Cannot be null"
    return place.path, "Member must not be null"


def broken(operation, place):
    """(value, fault) of each constraint of a shape broken in turn."""
    shape = MODEL.shapes[place.shape]
    kind = shape["type"]
    for value in WRONG[kind]:
        yield value, Fault("SerializationException")
    for value, constraint in constraints(operation, place, shape):
        yield value, Fault("InvalidParameterException", place.path, constraint)
    if kind == "list" and (inner := shape["member"]["shape"]):
        one = good(inner, full=True)
        where = place.path if inner == "RegistryId" else f"{place.path}.2.member"
        if inner != "RegistryId":
            yield [one, None], Fault("InvalidParameterException", where, "Member must not be null")
        second = Place((*place.steps, 1), where, inner)
        for value, fault in broken(operation, second) if MODEL.shapes[inner]["type"] == "string" else ():
            yield [one, value], fault


def constraints(operation, place, shape):
    """(value, constraint) of what is told of the value itself."""
    name, kind = place.shape, shape["type"]
    if name == "RepositoryName":
        bad = ("", "a", "a" * 257, "A" * 257, "Team/App", "a//b", "_a", "a___b", "a b", "ä", "app\n")
        return [(value, names.repository_fault(value)) for value in bad]
    if name == "RegistryId":
        listed = "Member must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]{12}]"
        own = "must satisfy regular expression [0-9]{12}"
        bad = ("", "12", "1234567890123", "12345678901a", "123456789012\n", "\u0661" * 12)
        return [(value, own if place.path.endswith("registryId") else listed) for value in bad]
    if kind in {"integer", "long"}:
        return list(numbers(shape))
    if kind == "list":
        return list(lengths(name, shape))
    return [*lengths(name, shape), *texts(operation, name, shape)] if kind == "string" else []


def texts(operation, name, shape):
    """Texts of the right length that are none of an enum, or do not fit a pattern."""
    if "enum" in shape:
        order = shape["enum"]
        if name == "ImageTagMutability":  # in the service's own order (facts/api E32)
            order = ["IMMUTABLE", "MUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"]
        for value in ("", "SOMETHING", order[0].swapcase(), order[0] + " "):
            yield value, f"Member must satisfy enum value set: [{', '.join(order)}]"
    elif "pattern" in shape:
        assert name in PATTERNLESS, f"{name} has a pattern: add bad values of it to PATTERNLESS"
        for value in PATTERNLESS[name]:
            yield value, f"Member must satisfy regular expression pattern: {shape['pattern']}"
    elif (operation, name) == ("PutImage", "ImageTag"):
        for value in ("a b", "é", "a/b", "a\n"):
            yield value, "must satisfy regular expression '[a-zA-Z0-9-_.]+'"


def numbers(shape):
    if "min" in shape:
        for value in (shape["min"] - 1, -(10**30)):
            yield value, f"Member must have value greater than or equal to {shape['min']}"
    if "max" in shape:
        for value in (shape["max"] + 1, 10**30):
            yield value, f"Member must have value less than or equal to {shape['max']}"


def lengths(name, shape):
    """A text or list that is one too short or too long."""
    kind, least, most = shape["type"], shape.get("min", 0), shape.get("max")
    one = [good(shape["member"]["shape"], full=True)] if kind == "list" else "x"
    if least:
        yield one * (least - 1), f"Member must have length greater than or equal to {least}"
    if most is not None and (kind == "list" or most < A_LOT or "olicy" in name):
        yield one * (most + 1), f"Member must have length less than or equal to {most}"


# -- the calls


DELAYS = tuple(
    (kind, "manual")
    for kind in ("restore-image", "lifecycle-preview", "replication-backfill", "sign-image", "scan-image")
)
"""What would change the state between two refusals."""


class Door:
    """The application without any HTTP server or client around it."""

    def __init__(self):
        settings = Settings(seed="x", delays=DELAYS)
        self.application = App(settings)
        self.world = self.application.world
        self.world.clock.freeze(1_795_003_200.0)

    def __call__(self, operation, body):
        """(status, answer)."""
        data = json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "HTTP_HOST": "localhost",
            "HTTP_X_AMZ_TARGET": f"{PREFIX}.{operation}",
            "HTTP_AUTHORIZATION": SIGNED,
            "CONTENT_TYPE": "application/x-amz-json-1.1",
            "CONTENT_LENGTH": str(len(data)),
            "wsgi.input": _Stream(data),
        }
        told = []
        answer = b"".join(self.application(environ, lambda status, headers: told.append((status, dict(headers)))))
        status, headers = told[0]
        assert headers["Content-Type"] == "application/x-amz-json-1.1"
        return int(status[:3]), json.loads(answer)

    def furnish(self):
        """A repository, an image in it, an artifact of it."""
        for operation, body in (
            ("CreateRepository", {"repositoryName": APP, "tags": [{"Key": "text", "Value": "x"}]}),
            ("InitiateLayerUpload", {"repositoryName": APP}),
        ):
            status, answer = self(operation, body)
            assert status == 200, answer
        part = {"partFirstByte": 0, "partLastByte": 1, "layerPartBlob": base64.b64encode(b"{}").decode()}
        upload = {"repositoryName": APP, "uploadId": answer["uploadId"]}
        subject = {**MANIFEST, "subject": {**ROW, "digest": DIGEST}, "annotations": {"a": "b"}}
        for operation, body in (
            ("UploadLayerPart", upload | part),
            ("CompleteLayerUpload", upload | {"layerDigests": [DIGEST]}),
            ("PutImage", {"repositoryName": APP, "imageManifest": json.dumps(MANIFEST), "imageTag": "v1"}),
            ("PutImage", {"repositoryName": APP, "imageManifest": json.dumps(subject)}),
        ):
            status, answer = self(operation, body)
            assert status == 200, answer

    def state(self):
        return self.world.store.dump(), self.world.blobs.names()


class _Stream:
    def __init__(self, data):
        self.data = data

    def read(self, size=-1):
        size = len(self.data) if size < 0 else size
        data, self.data = self.data[:size], self.data[size:]
        return data


COMMON = {"SerializationException", "AccessDeniedException"}
SENTENCE = re.compile(r"Invalid parameter at '([^']+)' failed to satisfy constraint: '(.*)'", re.DOTALL)


def fits(name, value, path):
    """Fail where an answer holds what the model does not know, null, or a wrong type."""
    shape = MODEL.shapes[name]
    kind = shape["type"]
    assert isinstance(value, TYPES[kind]), f"{path} is {value!r}, no {kind}"
    if kind == "structure":
        assert set(value) <= set(shape["members"]), f"{path} holds {set(value) - set(shape['members'])}"
        assert set(shape.get("required", ())) <= set(value), f"{path} lacks a member"
        for member, inner in value.items():
            fits(shape["members"][member]["shape"], inner, f"{path}.{member}")
    elif kind == "list":
        for inner in value:
            fits(shape["member"]["shape"], inner, f"{path}[]")
    elif kind == "map":
        for inner in value.values():
            fits(shape["value"]["shape"], inner, f"{path}{{}}")
    elif kind == "string":
        assert "enum" not in shape or value in shape["enum"], f"{path} is {value!r}"


TYPES = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "timestamp": (int, float),
    "integer": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
    "blob": str,
}


def civil(operation, status, answer, about):
    """Whether a refusal is one that the model knows, and holds only what it knows."""
    assert status == 400, (about, answer)
    code = answer["__type"]
    assert code in MODEL.errors(operation) | COMMON, (about, answer)
    if code not in COMMON:
        members = MODEL.shapes[code]["members"]
        assert set(answer) - {"__type"} <= set(members), (about, answer)


@pytest.fixture
def door():
    door = Door()
    door.furnish()
    return door


OPERATIONS = sorted(ecr.operations)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_the_model_admits_is_never_refused_for_its_shape(door, operation):
    for variant in accepted(operation):
        before = door.state()
        status, answer = door(operation, variant.body)
        if status == 200:
            output = MODEL.operations[operation]["output"]["shape"]
            fits(output, answer, operation)
            continue
        civil(operation, status, answer, variant.about)
        assert answer["__type"] != "SerializationException", (variant.about, answer)
        if answer["__type"] == "InvalidParameterException":
            path, constraint = SENTENCE.fullmatch(answer["message"]).groups()
            shaped = constraint.startswith(("Member must", "must"))
            assert not shaped or (operation, path) in TOGETHER, (variant.about, answer)
        assert door.state() == before, variant.about


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_the_model_forbids_is_refused_in_its_words_and_changes_nothing(door, operation):
    before = door.state()
    for variant in refused(operation):
        status, answer = door(operation, variant.body)
        civil(operation, status, answer, variant.about)
        assert answer["__type"] == variant.fault.code, (variant.about, answer)
        if variant.fault.code == "InvalidParameterException":
            found = SENTENCE.fullmatch(answer["message"]).groups()
            assert found == variant.fault[1:], variant.about
        assert door.state() == before, variant.about


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_member_that_the_model_lacks_is_refused_by_its_name_and_changes_nothing(door, operation):
    before = door.state()
    name = MODEL.operations[operation]["input"]["shape"]
    for about, body in bases(name):
        for path, asked in strangers(name, body):
            status, answer = door(operation, asked)
            assert (status, answer["__type"]) == (501, "UnknownOperationException"), (about, path, answer)
            assert f"knows no member '{path}' in this request" in answer["message"], about
    assert door.state() == before


def test_they_are_many_and_of_every_operation():
    count = {each: sum(1 for _ in accepted(each)) + sum(1 for _ in refused(each)) for each in OPERATIONS}
    assert sum(count.values()) >= 5_000
    assert all(count.values())


def test_the_errors_of_the_front_end_are_known():
    known = {each.__name__ for each in ServiceError.__subclasses__()}
    assert known >= COMMON
