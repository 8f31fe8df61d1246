"""ecrmock.domain.registry.repositories: settings, mutability, resource tags, emptying."""

import pytest

from ecrmock.domain.registry.repositories import Mutability, merged_tags
from ecrmock.errors.ecr import InvalidParameterException, InvalidTagParameterException, TooManyTagsException


def filters(*patterns):
    return [{"filterType": "WILDCARD", "filter": pattern} for pattern in patterns]


def refusal(**request):
    with pytest.raises(InvalidParameterException) as refused:
        Mutability.parse(request)
    assert refused.value.path == "imageTagMutabilityExclusionFilters"
    return refused.value.constraint


# -- mutability: facts/api 5.5


def test_mutability_is_mutable_unless_said_otherwise():
    assert Mutability.parse({}) == Mutability("MUTABLE", ())
    assert Mutability.parse({"imageTagMutability": "IMMUTABLE"}) == Mutability("IMMUTABLE", ())


@pytest.mark.parametrize("setting", ["IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"])
def test_filters_go_with_an_exclusion(setting):
    request = {"imageTagMutability": setting, "imageTagMutabilityExclusionFilters": filters("latest", "*-dev*")}
    assert Mutability.parse(request) == Mutability(setting, ("latest", "*-dev*"))


@pytest.mark.parametrize("setting", ["IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"])
def test_an_exclusion_without_filters_is_refused(setting):
    assert refusal(imageTagMutability=setting) == (
        f"ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as {setting}"
    )


@pytest.mark.parametrize("setting", ["IMMUTABLE", "MUTABLE"])
def test_filters_without_an_exclusion_are_refused(setting):
    assert refusal(imageTagMutability=setting, imageTagMutabilityExclusionFilters=filters("x")) == (
        f"ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as {setting}"
    )


def test_filters_alone_are_filters_with_the_default_setting():
    assert refusal(imageTagMutabilityExclusionFilters=filters("x")).endswith("is set as MUTABLE")


def test_a_filter_holds_two_wildcards_at_most():
    setting = "IMMUTABLE_WITH_EXCLUSION"
    found = Mutability.parse({"imageTagMutability": setting, "imageTagMutabilityExclusionFilters": filters("*a*")})
    assert found.filters == ("*a*",)
    assert "2" in refusal(imageTagMutability=setting, imageTagMutabilityExclusionFilters=filters("ok", "*a*b*"))


@pytest.mark.parametrize(
    ("setting", "patterns", "fixed"),
    [
        ("MUTABLE", (), set()),
        ("IMMUTABLE", (), {"latest", "latest-2", "v1"}),
        ("IMMUTABLE_WITH_EXCLUSION", ("latest",), {"latest-2", "v1"}),
        ("IMMUTABLE_WITH_EXCLUSION", ("latest*",), {"v1"}),
        ("IMMUTABLE_WITH_EXCLUSION", ("x", "*"), set()),
        ("MUTABLE_WITH_EXCLUSION", ("latest",), {"latest"}),
        ("MUTABLE_WITH_EXCLUSION", ("*1", "*2"), {"latest-2", "v1"}),
    ],
)
def test_which_tags_are_fixed(setting, patterns, fixed):
    mutability = Mutability(setting, patterns)
    assert {tag for tag in ("latest", "latest-2", "v1") if mutability.fixed(tag)} == fixed


# -- resource tags: facts/api 5.4


def test_tags_are_added_overwritten_and_sorted():
    assert merged_tags((), [("b", "2"), ("a", "1")], 50) == (("a", "1"), ("b", "2"))
    assert merged_tags((("a", "1"), ("b", "2")), [("b", "3"), ("B", "4")], 50) == (("B", "4"), ("a", "1"), ("b", "3"))


@pytest.mark.parametrize("tag", [("k" * 128, "v" * 256), ("k", ""), ("awskey", "aws:value"), ("ä b/c", "ü")])
def test_tags_that_are_accepted(tag):
    assert merged_tags((), [tag], 50) == (tag,)


@pytest.mark.parametrize(
    "tags",
    [
        [("", "v")],
        [("k" * 129, "v")],
        [("k", "v" * 257)],
        [("aws:k", "v")],
        [("AWS:k", "v")],
        [("k", "1"), ("k", "1")],
        [("good", "v"), ("", "v")],
    ],
)
def test_tags_that_are_refused(tags):
    with pytest.raises(InvalidTagParameterException, match="Tag parameters are invalid"):
        merged_tags((), tags, 50)


def test_the_limit_counts_what_is_there_after_the_call():
    fifty = tuple((f"k{number:02}", "") for number in range(50))
    assert len(merged_tags((), fifty, 50)) == 50
    assert merged_tags(fifty, [("k00", "new")], 50)[0] == ("k00", "new")
    with pytest.raises(TooManyTagsException):
        merged_tags(fifty, [("one more", "")], 50)


# -- the repository itself


def test_a_repository_knows_its_arn(bench):
    assert bench.repository.arn == "arn:aws:ecr:us-east-1:123456789012:repository/team/app"


def test_a_change_keeps_what_others_changed_since_it_was_looked_up(bench):
    first, second = bench.repository, bench.repository
    bench.world.transact(lambda: first.change(scan_on_push=True))
    bench.world.transact(lambda: second.change(policy="{}"))
    assert (second.row.scan_on_push, second.row.policy) == (True, "{}")
    assert bench.repository.row == second.row
