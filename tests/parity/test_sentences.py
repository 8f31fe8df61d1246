"""Every sentence that an ECR operation can say has an expectation in fixtures/aws, with its source."""

import functools

import pytest
import yaml
from paths import FIXTURES
from sentences import read, sentences

FOLDER = FIXTURES / "aws"
MARKS = {"documented", "observed", "reported", "inferred"}
IAM = "who calls is administrator of the own account until identity policies come (facts/access 7.1)"
FINDINGS = "ours: a finding that is made up, or that says that nobody knows"
IMPORTED = "about files that are imported, told by /_ecrmock and not by AWS"
UNREADABLE = "why an image cannot be scanned, told by the log; AWS has one sentence for all"
UNSAID = {
    # (file, text with dots for what is filled in) -> why no call of ECR's API can show it;
    # None in its place stands for all texts of a file that makes no error or failure of them
    ("domain/access/evaluation.py", "identity-based policy"): IAM,
    ("domain/access/evaluation.py", "permissions boundary"): IAM,
    ("domain/access/evaluation.py", "session policy"): IAM,
    ("domain/access/evaluation.py", "with an explicit deny in an ..."): IAM,
    ("domain/lifecycle/evaluate.py", None): "the trace of a lifecycle run, told by /_ecrmock and not by AWS",
    (
        "domain/neighbours/keys.py",
        "Default key that protects my ECR data when no other key is defined",
    ): "a key's description in KMS",
    ("domain/signing/notation.py", None): "names and labels of test certificates and keys",
    ("domain/scanning/finding_forms.py", None): FINDINGS,
    ("domain/scanning/outcomes.py", None): FINDINGS,
    ("domain/scanning/sources.py", None): "ours: about labels that make no sense",
    ("domain/scanning/jobs.py", "The scan failed: ..."): "only a fault of ours gives it",
    ("domain/scanning/reports/__init__.py", None): IMPORTED,
    ("domain/scanning/reports/aws.py", None): IMPORTED,
    ("domain/scanning/reports/osv_scanner.py", None): IMPORTED,
    ("domain/vulnerabilities/osv.py", None): IMPORTED,
    ("domain/vulnerabilities/inventory/__init__.py", None): UNREADABLE,
    ("domain/vulnerabilities/inventory/dpkg.py", None): "a value in a package database",
    ("domain/vulnerabilities/inventory/rpm.py", None): UNREADABLE,
    ("domain/vulnerabilities/inventory/streams.py", None): UNREADABLE,
    ("services/ecr/finding_views.py", None): "advice of Inspector's finding; needs an image with packages",
    (
        "domain/scanning/outcomes.py",
        "The layer ... of the image is not here.",
    ): "ours; the docker door deleted the layer",
    ("domain/access/policies.py", "the policy"): "part of a reason that stays inside",
    (
        "errors/ecr_images.py",
        (
            "The authentication to the upstream registry failed. Verify that the credentials are valid and try again. "
            "..."
        ),
    ): "needs an upstream that refuses a login; tests/distribution/test_pull_through.py has one",
    ("sources/__init__.py", "--upstream ...=URL, FOLDER or ..."): "part of a line of the log",
    ("sources/challenges.py", "Basic ..."): "told to an upstream",
    ("sources/challenges.py", "Bearer ..."): "told to an upstream",
    (
        "errors/ecr_images.py",
        "The upload with id '...' is receiving another layer part",
    ): "ours; needs two requests at one moment",
    ("gateway/gate.py", "These errors are usually caused by a server-side issue."): "only a fault of ours gives it",
    ("protocols/json11.py", "These errors are usually caused by a server-side issue."): "only a fault of ours gives it",
    (
        "gateway/identity.py",
        (
            "The header '...' is a convenience of ecrmock for tests and is not taken with --auth sigv4: "
            "there only the signature says who calls"
        ),
    ): "ours; AWS has no such header",
    (
        "protocols/json11.py",
        "ecrmock does not do the operation ... yet; its README, chapter Coverage, lists what works",
    ): "ours; AWS does it",
    (
        "protocols/model.py",
        (
            "ecrmock knows no member '...' in this request: the model it ships, that of botocore ..., has none. "
            "It is misspelt, or newer than this ecrmock"
        ),
    ): "ours; AWS reads over it",
    ("protocols/json11.py", "1 validation error detected: Value at '...' failed to satisfy constraint: ..."): "KMS's",
}


@functools.cache
def told():
    """(code, message) of every error and failure that a sourced case of the ledger expects, ("", text) of the rest."""
    found = set()
    for path in sorted(FOLDER.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text())["cases"]:
            if case["source"] and case["mark"] in MARKS:
                found |= set(_told(case.get("error", case.get("answer"))))
    return found - {(code, "<text>") for code, _ in found}


def _told(value):
    if isinstance(value, dict):
        for code, message in (("code", "message"), ("failureCode", "failureReason")):
            if {code, message} <= set(value):
                yield value[code], value[message] or ""
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _told(inner)
    elif isinstance(value, str):
        yield "", value


def missing(found):
    """Those of some sentences that have no case."""
    known = told()
    return [each for each in found if not _unsaid(each) and not any(each.shown_by(*row) for row in known)]


def _unsaid(sentence):
    file = sentence.place.partition(":")[0]
    return (
        (file, sentence.shape) in UNSAID
        or (sentence.code is None and (file, None) in UNSAID)
        or _a_list_of_names(sentence)
    )


def _a_list_of_names(sentence):
    """The tables of actions are texts that are split: only names of operations, no sentence."""
    return sentence.code is None and all(word[:1].isupper() and word.isalpha() for word in sentence.text.split())


def test_every_sentence_is_in_the_ledger():
    lines = [f"{each.place}: {each.code or 'some code'}: {each.shape}" for each in missing(sentences())]
    assert not lines, (
        "These sentences have no case in fixtures/aws. For each, add to fixtures/aws/<Operation>.yaml (an operation "
        "that says it) a case with `error: {code, message}`, or with `failures` in its `answer`, its `source` and "
        "`mark` (`inferred` for a guess, never `message: <text>`); fixtures/aws/README.md tells the members. What no "
        "call of ECR's API can show goes to UNSAID in this file, with the reason:\n" + "\n".join(lines)
    )


@pytest.mark.parametrize(("file", "text"), UNSAID)
def test_what_is_left_out_is_still_there_and_still_not_in_the_ledger(file, text):
    left = [each for each in sentences() if each.place.startswith(f"{file}:") and text in {each.shape, None}]
    assert left, "it is said no more: take it out of UNSAID"
    assert text is None or not any(left[0].shown_by(*row) for row in told()), "it has a case: take it out of UNSAID"


def test_no_case_leaves_its_sentence_open():
    for path in FOLDER.glob("*.yaml"):
        for case in yaml.safe_load(path.read_text())["cases"]:
            assert case.get("error", {}).get("message") != "<text>", f"{path.name}: {case['case']}: tell the sentence"


# -- the reader itself: each way to say something new is seen


@pytest.mark.parametrize(
    ("lines", "shape"),
    [
        ('raise InvalidParameterException("x", "new sentence")', "constraint: 'new sentence'"),
        ('raise InvalidParameterException("x", f"at most {limit} things")', "constraint: 'at most ... things'"),
        ('raise InvalidParameterException("x", constraint="Oneword")', "constraint: 'Oneword'"),
        ('text = "a new one"\n    raise InvalidParameterException(limit, text)', "constraint: 'a new one'"),
        ('return _fault("handed to a helper")', "handed to a helper"),
        ('raise _fault("a new " + limit)', "a new"),
        ('return [(limit, "from a table")]', "from a table"),
        ('return Failure("Code", "a new reason")', "a new reason"),
        ('return Failure("NewCode", "Requested image not found")', "Requested image not found"),
        ('return {"failureCode": "Code", "failureReason": f"new {limit}"}', "new ..."),
        ("raise BlockedByOrganizationPolicyException", "the account is managed by a organization policy."),
        ('raise KmsException(f"{limit} went", "NotFoundException")', "... went"),
        (
            'if limit:\n        constraint = "must be this"\n    raise InvalidParameterException("x", constraint)',
            "must be this",
        ),
    ],
)
def test_a_new_sentence_without_a_case_is_seen(lines, shape):
    assert [each for each in missing(novel(lines)) if shape in each.shape]


@pytest.mark.parametrize(
    "lines",
    [
        'raise ValueError("nobody outside hears this")',
        'message = f"nor {limit} this"\n    raise LookupError(message)',
        'return re.compile("a pattern [a-z]")',
        '_log.warning("a line of the log: %s", limit)',
        '"""What it does, in words."""',
        "raise RepositoryNotFoundException(limit, limit)",
    ],
)
def test_what_is_said_to_nobody_or_shown_already_is_not_asked_for(lines):
    assert missing(novel(lines)) == []


def novel(lines):
    """What is read of a new file with these lines in a function."""
    return read("domain/novel.py", f'"""A new file."""\n\n\ndef new(limit):\n    """It."""\n    {lines}\n')


def test_a_part_of_a_longer_sentence_shows_nothing():
    alone = next(each for each in sentences() if each.code is None and each.text == "must not be null")
    assert alone.shown_by("any code", "Invalid parameter at 'x' failed to satisfy constraint: 'must not be null'")
    assert not alone.shown_by(
        "any code", "Invalid parameter at 'x' failed to satisfy constraint: 'Member must not be null'"
    )
    (limit,) = novel('return [f"at most {limit} things"]')
    assert limit.shown_by("any code", "'at most 5 things'")
    assert not limit.shown_by("any code", "'at most 5 thingsum'")
