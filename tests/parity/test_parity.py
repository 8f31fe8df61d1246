"""Our answers against fixtures/aws: what AWS's documentation and real outputs say."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
import yaml
from werkzeug.test import Client

from ecrmock.app import Front
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr
from ecrmock.settings import Settings

FIXTURES = Path(__file__).parents[2] / "fixtures"
MARKS = {"documented", "observed", "reported", "inferred"}
MEMBERS = {"case", "source", "mark", "date", "caller", "settings", "given", "request", "answer", "error", "newer"}
LEDGER = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((FIXTURES / "aws").glob("*.yaml"))}
CASES = [
    pytest.param(operation, case, id=f"{operation}: {case['case']}")
    for operation, ledger in LEDGER.items()
    for case in ledger["cases"]
]
MARKS_OF_TEXT = {
    "<uuid>": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "<text>": re.compile(r".+", re.DOTALL),
}


class Caller:
    """Calls the AWS door as an account in a region, under AWS's own host name."""

    def __init__(self, settings, account="123456789012", region="us-east-1"):
        self.client = Client(Front(Settings(**settings)))
        self.scope = f"{account}/20261119/{region}/ecr/aws4_request"
        self.host = f"https://api.ecr.{region}.amazonaws.com"
        self.saved = {}

    def __call__(self, operation, request):
        answer = self.client.post(
            "/",
            base_url=self.host,
            data=json.dumps(self.filled(request)),
            headers={
                "X-Amz-Target": f"AmazonEC2ContainerRegistry_V20150921.{operation}",
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={self.scope}, SignedHeaders=host, Signature=0",
            },
        )
        return answer.status_code, json.loads(answer.data)

    def prepare(self, step):
        status, body = self(step["operation"], step["request"])
        assert status == 200, body
        self.saved |= {name: body[member] for name, member in step.get("save", {}).items()}

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
        return re.sub(r"<saved (\w+)>", lambda found: self.saved[found[1]], value)


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
    elif wanted in MARKS_OF_TEXT:
        assert MARKS_OF_TEXT[wanted].fullmatch(found), path
    else:
        assert found == wanted, path


@pytest.mark.parametrize(("operation", "case"), CASES)
def test_our_answer_is_that_of_the_source(operation, case):
    caller = Caller(case.get("settings", {}), **case.get("caller", {}))
    for step in case.get("given", []):
        caller.prepare(step)
    status, body = caller(operation, case["request"])
    if "error" in case:
        assert status == (500 if case["error"]["code"] == "ServerException" else 400)
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


def test_every_operation_that_works_has_a_ledger():
    assert set(ecr.operations) <= set(LEDGER)
