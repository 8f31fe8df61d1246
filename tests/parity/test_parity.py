"""Our answers against fixtures/aws: what AWS's documentation and real outputs say."""

import datetime as dt
import functools
import gzip
import json
import re
from typing import NamedTuple

import pytest
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from constants import signed
from paths import FIXTURES
from werkzeug.test import Client

from ecrmock.app import App
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr
from ecrmock.settings import Settings

MARKS = {"documented", "observed", "reported", "inferred"}
MEMBERS = {"case", "source", "mark", "date", "caller", "settings", "given", "answer", "error", "newer"}
MEMBERS |= {"request", "body", "headers", "signed"}
LEDGER = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((FIXTURES / "aws").glob("*.yaml"))}
CASES = [
    pytest.param(operation, case, id=f"{operation}: {case['case']}")
    for operation, ledger in LEDGER.items()
    for case in ledger["cases"]
]
ECR = "AmazonEC2ContainerRegistry_V20150921"
MARKS_OF_TEXT = {
    "<uuid>": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "<date>": "[0-9]{8}T[0-9]{6}Z",
    "<text>": "(?s:.+)",
}
MARK = re.compile("(<uuid>|<date>|<text>)")


class Caller:
    """Calls the AWS door as an account in a region, under AWS's own host name."""

    def __init__(self, settings, **caller):
        self.application = App(Settings(**settings))
        self.client = Client(self.application)
        self.default = caller
        self.saved = {}

    def __call__(self, operation, case, target=ECR):
        """Status and JSON of a case, or of a step of its preparation."""
        body = Body(**self.filled(case["body"])) if "body" in case else Body(json.dumps(self.filled(case["request"])))
        who = {"account": "123456789012", "region": "us-east-1"} | self.default | case.get("caller", {})
        url = f"https://api.ecr.{who['region']}.amazonaws.com/"
        headers = {
            "X-Amz-Target": f"{target}.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": signed(who["account"], who["region"]),
        }
        data = body.data()
        if "signed" in case:
            target = {"X-Amz-Target": headers["X-Amz-Target"]}
            headers |= signature(url, data, target, {"region": who["region"], **self.filled(case["signed"])})
        headers |= self.filled(case.get("headers", {}))
        kept = {name: value for name, value in headers.items() if value is not None}
        for _ in range(case.get("signed", {}).get("times", 1)):
            length = {} if body.length is None else {"CONTENT_LENGTH": str(body.length)}
            answer = self.client.post("/", base_url=url, data=data, headers=kept, environ_overrides=length)
        return answer.status_code, json.loads(answer.data)

    def prepare(self, step):
        """A call that has to succeed, a query form to STS, or time that passes."""
        if "advance" in step:
            self.application.world.clock.advance(step["advance"])
        elif "form" in step:
            host, headers = "https://sts.us-east-1.amazonaws.com", {"Authorization": signed(service="sts")}
            answer = self.client.post("/", base_url=host, data=step["form"], headers=headers)
            assert answer.status_code == 200, answer.data
            for name, member in step["save"].items():
                self.saved[name] = re.search(f"<{member}>(.*?)</{member}>", answer.text)[1]
        else:
            status, body = self(step["operation"], step, step.get("target", ECR))
            assert status == 200, body
            for name, path in step.get("save", {}).items():
                self.saved[name] = functools.reduce(lambda value, member: value[member], path.split("."), body)

    def filled(self, value):
        """A value with files and saved things in their places."""
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if not isinstance(value, str):
            return value
        if value.startswith("<file "):
            return (FIXTURES / "images" / value[6:-1]).read_bytes().decode()
        if many := re.fullmatch(r"<(\d+) times (.+)>", value):
            return int(many[1]) * many[2]
        return re.sub(r"<saved (\w+)>", lambda found: self.saved[found[1]], value)


class Body(NamedTuple):
    """What is sent as a body where a case says more than a request."""

    text: str
    times: int = 1
    gzip: bool = False
    cut: int = 0
    length: int | None = None

    def data(self):
        data = (self.text * self.times).encode()
        data = gzip.compress(data) if self.gzip else data
        return data[: len(data) - self.cut]


class Signer(SigV4Auth):
    """Botocore's signer, which may leave some headers out."""

    left_out = ()

    def headers_to_sign(self, request):
        """All headers but those."""
        found = super().headers_to_sign(request)
        for name in self.left_out:
            del found[name]
        return found


def signature(url, data, headers, signed):
    """Headers with a real signature, `age` seconds old, for another `day` of its scope if need be."""
    then = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=signed.get("age", 0))
    date = then.strftime("%Y%m%dT%H%M%SZ")
    headers = headers | {"X-Amz-Date": date} | ({"X-Amz-Security-Token": signed["token"]} if "token" in signed else {})
    request = AWSRequest("POST", url, headers, data=data)
    request.context["timestamp"] = date
    signer = Signer(Credentials(signed["key"], signed["secret"]), signed.get("service", "ecr"), signed["region"])
    signer.left_out = signed.get("unsigned", ())
    names = signer.headers_to_sign(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    scope = signer.scope(request).replace(date[:8], signed.get("day", date[:8]))
    parts = f"Credential={scope}, SignedHeaders={signer.signed_headers(names)}"
    return headers | {"Authorization": f"AWS4-HMAC-SHA256 {parts}, Signature={signer.signature(text, request)}"}


def same(wanted, found, newer, path=""):
    """Fail where an answer differs from the source; members younger than it may be there."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), path
        young = {name for name in found if f"{path}{name}" in newer}
        assert set(found) - young == set(wanted), path
        for name, inner in wanted.items():
            same(inner, found[name], newer, f"{path}{name}.")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), path
        for place, inner in enumerate(wanted):
            same(inner, found[place], newer, f"{path}{place}.")
    elif wanted == "<time>":
        assert isinstance(found, int | float), path
    elif isinstance(wanted, str) and MARK.search(wanted):
        pattern = "".join(MARKS_OF_TEXT.get(part) or re.escape(part) for part in MARK.split(wanted))
        assert re.fullmatch(pattern, found), (path, found)
    else:
        assert found == wanted, path


@pytest.mark.parametrize(("operation", "case"), CASES)
def test_our_answer_is_that_of_the_source(operation, case):
    caller = Caller(case.get("settings", {}), **case.get("caller", {}))
    for step in case.get("given", []):
        caller.prepare(step)
    status, body = caller(operation, case)
    if "error" in case:
        assert status == case["error"].get("status", 400), body
        wanted = {"__type": case["error"]["code"], "message": case["error"]["message"]}
        told = {"__type": body["__type"], "message": body.get("message", body.get("Message"))}
        same(caller.filled(wanted), told, ())
    else:
        assert status == 200, body
        same(caller.filled(case["answer"]), body, case.get("newer", ()))


@pytest.mark.parametrize("operation", LEDGER)
def test_every_case_names_its_source(operation):
    ledger = LEDGER[operation]
    assert ledger["operation"] == operation
    assert operation in Model("ecr").operations
    for case in ledger["cases"]:
        assert set(case) <= MEMBERS, case["case"]
        assert case["source"], case["case"]
        assert case["mark"] in MARKS, case["case"]
        assert isinstance(case["date"], dt.date), case["case"]
        assert ("answer" in case) != ("error" in case), case["case"]
        assert ("request" in case) != ("body" in case), case["case"]


# rows of facts/api 14 that nobody saw: what a third party asserts, what is our guess in part or whole
REPORTED = {6, 27, 29, 35, 37, 39, 42, 54, 55, 56, 67}
GUESSED = {15, 20, 21, 44, *range(57, 60), *range(61, 67), 72}


@pytest.mark.parametrize(("operation", "case"), CASES)
def test_a_guess_counts_as_a_guess(operation, case):
    rows = {int(row) for row in re.findall(r"\bE(\d+)\b", case["source"])}
    if rows & GUESSED or re.search(r"\b(guess|inferred|ours)\b", case["source"]):
        assert case["mark"] == "inferred", operation
    if rows & REPORTED:
        assert case["mark"] in {"inferred", "reported"}, operation


def test_every_operation_that_works_has_a_ledger():
    assert set(ecr.operations) <= {operation for operation, ledger in LEDGER.items() if ledger["cases"]}
