"""The coverage chapter of the README, generated: `python tests/coverage_table.py --write`."""

import sys

import yaml
from paths import FIXTURES, ROOT

from ecrmock.app import create_app
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr

README = ROOT / "README.md"
PAGE = README.parent / "docs" / "coverage.md"
BEGIN, END = "<!-- coverage: begin -->\n", "<!-- coverage: end -->\n"

# what an operation that works leaves out, so that nobody is surprised
LIMITS = {
    "BatchGetImage": "`acceptedMediaTypes` translates by tag: between schema 2 and OCI, and both to schema 1",
    "GetDownloadUrlForLayer": "the URL leads to this server; in process to a loopback socket that the first one opens",
    "PutLifecyclePolicy": "acts every 24 hours of world time; the events of a run come with CloudTrail",
    "PutAccountSetting": "BLOB_MOUNTING and REGISTRY_POLICY_SCOPE act; BASIC_SCAN_TYPE_VERSION is kept",
    "PutReplicationConfiguration": "copies at once or after `delays`; the events of a copy come with EventBridge",
    "PutSigningConfiguration": "signs with a local test key (extra `sign`), `notation verify` accepts it; whether a "
    "profile exists is not asked",
    "CreatePullThroughCacheRule": "no real upstream is asked unless `--upstream` says so; ECR's own are this world",
    "DescribeImageScanFindings": "findings as a test, labels or imported reports say, else of packages matched with "
    "advisories you give (docs/scanning.md); needs no inspector2 permissions",
    "PutRegistryScanningConfiguration": "the events of a scan come with EventBridge; advisory files are read again "
    "at the next scan",
}
DOOR = {
    "login, Basic challenge, token (valid, wrong, expired, of another account)": "works",
    "uploads: POST+PUT, POST+PATCH+PUT, chunked, monolithic POST, status, cancel, sha512": "works",
    "blobs: HEAD, GET, one Range, If-None-Match, DELETE, mount by the account setting": "works; what a pull through "
    "cache brought is not mounted elsewhere",
    "manifests: PUT with tag parameters, GET, HEAD, DELETE by tag and digest": "works",
    "conversion by Accept": "between schema 2 and OCI, both to signed schema 1, an index's linux/amd64 child",
    "tags/list, _catalog, referrers with filter; paging": "works",
    "ECR's HTTP oddities and strictness (`--ecr-quirks`)": "works",
    "addresses (`--registry-host`), TLS with a local CA (`--tls auto`, `ecrmock ca`)": "works",
}
NEIGHBOURS = {
    "STS": "GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML, GetFederationToken, "
    "GetSessionToken work; tokens and assertions are not checked",
    "KMS": "CreateKey, DescribeKey, ListAliases, CreateAlias, DisableKey, EnableKey, ScheduleKeyDeletion, "
    "CancelKeyDeletion work; bytes are not encrypted",
    "Secrets Manager": "CreateSecret, GetSecretValue, DescribeSecret, PutSecretValue, DeleteSecret work; bytes are not "
    "encrypted",
    "ECR Public, CloudTrail, CloudWatch, EventBridge, IAM, any other service": "refused with 501",
}
MARKS = ("documented", "observed", "reported", "inferred")


def ledger():
    """operation -> its cases in fixtures/aws."""
    files = sorted((FIXTURES / "aws").glob("*.yaml"))
    return {path.stem: yaml.safe_load(path.read_text())["cases"] for path in files}


def table():
    """The chapter's generated lines: each operation's state, and how many sourced expectations stand behind it."""
    model, cases = Model("ecr"), ledger()
    works = [name for name in sorted(model.operations) if name in ecr.operations]
    rows = ["| ECR operation | state | expectations checked |", "| --- | --- | --- |"]
    rows += [f"| {name} | {_state(name)} | {_marks(cases[name])} |" for name in works]
    missing = ", ".join(name for name in sorted(model.operations) if name not in works)
    rows += ["", f"Not yet, refused with 501: {missing}."] if missing else []
    rows += ["", "| docker door | state |", "| --- | --- |", *(f"| {what} | {state} |" for what, state in DOOR.items())]
    rows += [
        "",
        "| neighbour | state |",
        "| --- | --- |",
        *(f"| {what} | {state} |" for what, state in NEIGHBOURS.items()),
    ]
    every = [case["mark"] for found in cases.values() for case in found]
    counts = ", ".join(f"{every.count(mark)} {mark}" for mark in MARKS)
    rows += [
        "",
        f"{len(works)} of {len(model.operations)} ECR operations work. Of {len(every)} expectations, {counts}",
        "",
    ]
    rows[-2] += " (what is inferred is a guess); each with its source in [docs/coverage.md](docs/coverage.md)."
    return "\n".join(rows)


def _state(name):
    return f"works; {LIMITS[name]}" if name in LIMITS else "works"


def _marks(cases):
    found = [case["mark"] for case in cases]
    return ", ".join(f"{found.count(mark)} {mark}" for mark in MARKS if mark in found)


def page():
    """docs/coverage.md: every expectation with its source."""
    lines = [
        "# Coverage: what is checked, and where it is known from",
        "",
        "Generated from fixtures/aws by `python tests/coverage_table.py --write`; a test runs every row and compares",
        "this page. documented: AWS says so; observed: somebody's real AWS output; reported: a third party asserts it;",
        "inferred: a guess.",
    ]
    for operation, cases in ledger().items():
        lines += ["", f"## {operation}", "", "| behaviour | mark | source | date |", "| --- | --- | --- | --- |"]
        lines += [_row(case) for case in cases]
    return "\n".join([*lines, ""])


def _row(case):
    return f"| {_cell(case['case'])} | {case['mark']} | {_cell(case['source'])} | {case['date']} |"


def _cell(text):
    return " ".join(str(text).split()).replace("|", "\\|")


def main():
    create_app()  # importing the app registers every operation
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")
    PAGE.write_text(page())


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    main()
