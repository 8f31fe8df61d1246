"""ecrmock.base.globs: ECR's patterns, in which only `*` is special."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.base import globs
from ecrmock.base.globs import fits


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("latest", "latest"),
        ("*", ""),
        ("*", "anything\nat all"),
        ("*.dev", "1.0.dev"),
        ("*.dev", ".dev"),
        ("dev-*", "dev-"),
        ("v*.*", "v1.2.3"),
        ("a*c", "ac"),
        ("a**c", "abc"),
        ("[a-z]", "[a-z]"),
        ("a+b?", "a+b?"),
    ],
)
def test_texts_that_fit(pattern, text):
    assert fits(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("latest", "latest-1"),
        ("latest", "my-latest"),
        ("latest", "Latest"),
        ("latest", "latest\n"),
        ("*.dev", "1xdev"),
        ("*.dev", "1.dev.2"),
        ("[a-z]", "b"),
        ("a?", "ab"),
        ("", "a"),
        ("v*.*", "v1"),
    ],
)
def test_texts_that_do_not_fit(pattern, text):
    assert not fits(pattern, text)


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text(), st.text())
def test_a_star_stands_for_any_run(before, between, after):
    pattern = f"{before.replace('*', '')}*{after.replace('*', '')}"
    assert fits(pattern, pattern.replace("*", between))


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="*")), st.text())
def test_without_a_star_only_the_same_text_fits(pattern, text):
    assert fits(pattern, text) == (pattern == text)
    assert fits(pattern, pattern)


def test_every_character_that_re_knows_is_plain():
    for sign in re.escape(".^$+?{}[]|()\\"):
        assert fits(sign, sign)
        assert not fits(sign, sign * 2)


def test_what_was_compiled_is_not_kept_without_end():
    for number in range(3_000):
        assert fits(f"team-{number}/*", f"team-{number}/app")
    assert globs._compiled.cache_info().currsize < 3_000
