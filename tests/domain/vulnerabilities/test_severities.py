import pytest

from ecrmock.domain.vulnerabilities import severities
from ecrmock.domain.vulnerabilities.findings import Score


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Critical", "CRITICAL"),
        ("important", "HIGH"),
        ("MODERATE", "MEDIUM"),
        ("medium**", "MEDIUM"),
        ("low", "LOW"),
        ("Negligible", "INFORMATIONAL"),
        ("unimportant", "INFORMATIONAL"),
        ("not yet assigned", None),
        ("UNKNOWN", None),
        (7, None),
        (None, None),
    ],
)
def test_words(said, word):
    assert severities.by_word(said) == word


@pytest.mark.parametrize(
    ("vector", "version", "score", "word"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", 9.8, "CRITICAL"),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", 8.1, "HIGH"),
        ("CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", "3.0", 5.5, "MEDIUM"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L", "3.1", 3.3, "LOW"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:N", "3.1", 0.0, "INFORMATIONAL"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 9.3, "CRITICAL"),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", "2.0", 10.0, "HIGH"),
        ("(AV:N/AC:L/Au:N/C:P/I:N/A:N)", "2.0", 5.0, "MEDIUM"),
    ],
)
def test_vectors(vector, version, score, word):
    made = severities.scored(vector)
    assert made == Score(version, score, vector)
    assert severities.by_score([made]) == word


@pytest.mark.parametrize(
    "vector", ["", "7.5", "CVSS:3.1/AV:N", "CVSS:4.0/", "CVSS:9/AV:N", "AV:N/AC:L", "CVSS:3.1/A" * 50]
)
def test_texts_that_are_no_vector_have_no_score(vector):
    assert severities.scored(vector) is None


def test_version_3_counts_before_4_and_2():
    scores = [Score("2.0", 10, ""), Score("4.0", 9.9, ""), Score("3.1", 5, "")]
    assert [severities.by_score(scores), severities.by_score(scores[:2]), severities.by_score([])] == [
        "MEDIUM",
        "CRITICAL",
        None,
    ]


def test_without_the_library_the_extra_is_named(monkeypatch):
    severities._scored.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "cvss", None)
    with pytest.raises(ImportError, match=r"pip install 'ecrmock\[scan\]'"):
        severities.scored("AV:N")
