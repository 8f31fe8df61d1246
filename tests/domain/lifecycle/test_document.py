"""ecrmock.domain.lifecycle.document: which documents are taken, in which form, and how the others are refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import FIXTURES

from ecrmock.domain.lifecycle import document as lifecycle_policy
from ecrmock.domain.lifecycle.document import read
from ecrmock.errors.ecr import InvalidParameterException

FOLDER = FIXTURES / "lifecycle"
OPENING = (
    "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: "
)


def cases(name):
    return json.loads((FOLDER / name).read_text())["cases"]


def text_of(case):
    text = case.get("policyText")
    if text is None:
        text = json.dumps(case["policy"], separators=(",", ":"))
    return text.ljust(case.get("padTo", 0))


def refusal(text):
    with pytest.raises(InvalidParameterException) as caught:
        read(text)
    return caught.value.message


@pytest.mark.parametrize("case", cases("20-accepted-policies.json"), ids=lambda case: case["id"])
def test_accepted(case):
    stored = read(text_of(case))
    assert read(stored.ljust(100)) == stored
    assert lifecycle_policy.rules(stored)


@pytest.mark.parametrize("case", cases("21-rejected-policies.json"), ids=lambda case: case["id"])
def test_rejected(case):
    message, expected = refusal(text_of(case)), case["expected"]
    if "message" not in expected:
        assert message.startswith(OPENING)
    elif expected["messageMatch"] == "exact":
        assert message == expected["message"]
    elif expected["messageMatch"] == "prefix":
        assert message.startswith(expected["message"])
    else:
        assert expected["message"] in message


@pytest.mark.parametrize("case", cases("22-stored-form.json"), ids=lambda case: case["id"])
def test_stored(case):
    assert read(case["policyText"]) == case["expected"]["storedText"]


SELECTION = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}


def policy(*selections, **more):
    """A policy of these selections, or of one rule with members changed."""
    rules = [
        {"rulePriority": number, "description": "d" * 100, "selection": SELECTION | row, "action": {"type": "expire"}}
        for number, row in enumerate(selections or ({},), 1)
    ]
    return json.dumps({"rules": [row | more for row in rules]})


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            policy({"tagStatus": "all", "countNumber": 0}, {"countUnit": "days"}),
            [
                "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
                'instance value ("all") not found in enum (possible values: ["any","tagged","untagged"])',
                "instance failed to match exactly one schema (matched 0 out of 4)",
            ],
        ),
        (
            policy(x=1, y=2, action={"type": "keep"}),
            ['object instance has properties which are not allowed by the schema: ["x","y"]'],
        ),
        (
            policy(selection=[], action=None),
            [
                "instance failed to match exactly one schema (matched 0 out of 2)",
                'instance type (array) does not match any allowed primitive type (allowed: ["object"])',
            ],
        ),
        (
            policy({"countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 90}),
            ["instance failed to match exactly one schema (matched 0 out of 4)"],
        ),
        (
            policy(
                {"storageClass": "archive"},
                {"countType": "sinceForever", "countUnit": "days"},
                {"countType": "sinceImagePushed"},
                {"countType": "sinceImagePushed", "countUnit": "days", "storageClass": "archive"},
                {"countType": "sinceImageTransitioned", "countUnit": "days", "storageClass": "standard"},
            ),
            ["instance failed to match exactly one schema (matched 0 out of 4)"] * 5,
        ),
        (
            policy({"storageClass": "cold"}, {"countType": "sinceImagePulled", "countUnit": "weeks"}),
            [
                'instance value ("cold") not found in enum (possible values: ["archive","standard"])',
                'instance value ("weeks") not found in enum (possible values: ["days"])',
            ],
        ),
    ],
)
def test_each_fault_has_its_line_and_nothing_is_told_of_what_is_inside_a_faulty_object(text, lines):
    assert refusal(text) == OPENING + "\n".join(lines) + "\n'"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (policy({"tagStatus": "tagged", "tagPrefixList": ["a"], "tagPatternList": ["a"]}), "Cannot specify both"),
        (policy({"tagPrefixList": ["a"]}), "tagPrefixList and tagPatternList can only be specified when"),
        (policy({"tagStatus": "tagged", "tagPatternList": ["*a*b*c*d*"]}), "Tag patterns can have at most 4 wildcards"),
        (policy({"tagStatus": "untagged"}, {"tagStatus": "untagged"}), "Only one rule can select Untagged images per"),
        (policy({}, {"tagStatus": "untagged"}), "Rule for tagStatus=ANY must have the lowest priority per storage cla"),
        (policy({}, {"tagStatus": "untagged"}, rulePriority=3), "Rule priorities must be unique."),
        (policy({"countType": "sinceImagePulled", "countUnit": "days"}), "countType=sinceImagePulled can only be used"),
    ],
)
def test_rules_that_do_not_go_together(text, sentence):
    assert refusal(text).startswith(OPENING + sentence)


def test_numbers_without_bounds_are_taken_and_kept():
    text = policy({"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 10**400})
    assert f'"countNumber":{10**400}' in read(text)
    (rule,) = lifecycle_policy.rules(read(text))
    assert rule.number * 86_400.0 > 1e13
    assert '"countNumber":5,' in read(policy().replace('"countNumber": 1', '"countNumber": 5.0')).replace("}", ",}")


@pytest.mark.parametrize("deep", [90, 400, 900, 980, 995, 5000])
def test_however_deep_it_is_refused(deep):
    for text in (policy(action=0).replace('"action": 0', f'"action": {"[" * deep}{"]" * deep}'), "[" * deep):
        assert refusal(text.ljust(100)).startswith("Invalid parameter at 'LifecyclePolicyText'")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PLACES = [[], [0], [0, "selection"], [0, "action"], *([0, "selection", name] for name in SELECTION)]


@given(st.sampled_from(PLACES), st.sampled_from([*SELECTION, "rulePriority", "type", "tagPrefixList", "x"]), JSON)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_anywhere_it_is_taken_or_refused_in_words(place, name, value):
    body = {"rules": json.loads(policy({}, {}))["rules"]}
    at = body["rules"]
    for step in place:
        at = at[step] if isinstance(at, list | dict) else at
    if isinstance(at, dict):
        at[name] = value
    else:
        body["rules"] = value
    try:
        stored = read(json.dumps(body).ljust(100))
    except InvalidParameterException:  # anything else fails the test
        return
    assert read(stored.ljust(100)) == stored
