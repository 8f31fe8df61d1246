"""Lists in rising order, from the manuals of dpkg, rpm and apk and from releases that there were."""

import itertools

import pytest

from ecrmock.domain.vulnerabilities import versions

DEB = [
    ["0.9~~", "0.9~~a", "0.9~", "0.9", "0.9a", "0.9+", "0.9.0.1"],
    [
        "1.0~rc1-1",
        "1.0-1~deb12u1",
        "1.0-1~deb12u2",
        "1.0-1",
        "1.0-1+b1",
        "1.0-1+deb12u1",
        "1.0-1.1",
        "1.0-2",
        "1:0.1-1",
    ],
    ["2.36-9+deb12u3", "2.36-9+deb12u4", "2.36-9+deb12u10", "2.37-1"],
    ["3.0.2-0ubuntu1.9", "3.0.2-0ubuntu1.10", "3.0.2-0ubuntu2", "3.0.2-1"],
    ["0.0~git20200101", "0.0.1", "0.1"],
    ["1.2.11.dfsg-2", "1:1.2.11.dfsg-2", "1:1.2.13.dfsg-1"],
    ["1.0-A", "1.0-Z", "1.0-a"],
    ["20230311", "20230311+deb12u1", "20240203"],
]
RPM = [
    ["1.0~rc1-1", "1.0~rc1^git1-1", "1.0~rc2-1", "1.0-1", "1.0^20210101-1", "1.0^20210501-1", "1.0.1-1", "1:0.1-1"],
    ["3.0.7-24.el9", "3.0.7-25.el9", "3.0.7-25.el9_3", "3.0.7-27.el9", "1:3.0.1-43.el9_0", "1:3.0.7-6.el9_2"],
    ["1.fc4-1", "1.fc10-1"],
    ["5.5p1-1", "5.5p2-1", "5.5p10-1"],
    ["10xyz-1", "10.1xyz-1"],
    ["xyz-1", "xyz.4-1", "8-1", "xyz8-1"][:3],
    ["1.0-1~bootstrap", "1.0-1", "1.0-1.amzn2023", "1.0-1.amzn2023.0.1", "1.0-1.amzn2023.0.2", "1.0-2"],
    ["2.0-1", "2.0.1-1", "2.0.1a-1", "2.1-1"],
]
APK = [
    [
        "1.0_alpha",
        "1.0_alpha2",
        "1.0_alpha10",
        "1.0_beta",
        "1.0_pre",
        "1.0_rc1",
        "1.0_rc1-r1",
        "1.0",
        "1.0-r0",
        "1.0-r1",
    ],
    ["1.0", "1.0_cvs", "1.0_svn", "1.0_git20200101", "1.0_git20210101", "1.0_hg", "1.0_p1", "1.0_p2", "1.0_p10"],
    ["1.0-r10", "1.0a-r0", "1.0b-r0", "1.0.1-r0", "1.1-r0", "1.10-r0"],
    ["0.012", "0.02", "0.1", "0.2", "0.12"],
    ["007", "8", "09", "10"],
    ["2023c-r0", "2024a-r0", "2024b-r0"],
    ["9.6_p1-r0", "9.7_p1-r3", "9.7_p1-r4", "9.8_p1-r0"],
    ["1.0_alpha", "1.0_alpha_p1", "1.0"],
    ["1.2.3_git20240101-r0", "1.2.4-r0", "1.2.5~abc123-r0"],
    ["20230506-r0", "20240705-r0"],
]


@pytest.mark.parametrize(
    ("kind", "rising"),
    [(kind, rising) for kind, lists in (("deb", DEB), ("rpm", RPM), ("apk", APK)) for rising in lists],
)
def test_rising(kind, rising):
    for (low, first), (high, second) in itertools.product(enumerate(rising), repeat=2):
        answer = versions.compare(kind, first, second)
        assert (answer > 0) - (answer < 0) == (low > high) - (low < high), (first, second)


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("deb", "1.0", "0:1.0"),
        ("deb", "1.0", "1.0-0"),
        ("deb", "1.00", "1.0"),
        ("rpm", "1.010-1", "1.10-1"),
        ("rpm", "0:1.0-1", "1.0-1"),
        ("rpm", "2_0-1", "2.0-1"),
        ("apk", "1.0_p01", "1.0_p1"),
        ("apk", "01.0", "1.0"),
    ],
)
def test_equal(kind, first, second):
    assert versions.compare(kind, first, second) == 0


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("deb", ""),
        ("deb", "a.1"),
        ("deb", "1 0"),
        ("deb", "x:1"),
        ("rpm", "x:1-1"),
        ("rpm", "1\n2"),
        ("rpm", "1" * 300),
        ("apk", "1.0_odd"),
        ("apk", "9.9p1-r1"),
        ("apk", "1.0-1"),
        ("apk", "v1"),
    ],
)
def test_what_is_no_version_is_refused(kind, text):
    for pair in ((text, "1"), ("1", text)):
        with pytest.raises(ValueError, match=r"no version|[Ii]nvalid"):
            versions.compare(kind, *pair)


def test_without_univers_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "univers", None)
    with pytest.raises(ImportError, match=r"pip install 'ecrmock\[scan\]'"):
        versions.compare("deb", "1", "2")
    assert versions.compare("apk", "1", "2") < 0
