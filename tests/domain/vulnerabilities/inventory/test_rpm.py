"""RPM databases that are damaged, or made to do harm."""

import contextlib
import gzip
import sqlite3
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_layers import header, rpmdb
from paths import FIXTURES

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError
from ecrmock.domain.vulnerabilities.inventory.rpm import read

FIXTURE = FIXTURES / "findings" / "rpmdb.sqlite.gz"
GOOD = header("bash", "5.1.8", "9.el9", epoch=2)


MANY_TABLES = (
    "INSERT INTO sqlite_master WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) "
    "SELECT 'table', 't' || x, 't' || x, 2, 'CREATE TABLE t' || x || '(a)' FROM n"
)


def packages(data):
    return list(read(data, "sha256:0"))


def made(path, *statements):
    """The bytes of a database made by these statements."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return Path(path).read_bytes()


def test_a_good_one():
    assert packages(rpmdb(GOOD)) == [
        Package("rpm", "bash", "2:5.1.8-9.el9", "x86_64", "bash", "2:5.1.8-9.el9", "sha256:0")
    ]


def test_one_that_rpm_itself_wrote():
    found = packages(gzip.decompress(FIXTURE.read_bytes()))
    assert [(each.name, each.version, each.arch, each.source, each.source_version) for each in found] == [
        ("tilde", "1.0~rc1^git5-1.el9", "noarch", "tilde", "1.0~rc1^git5-1.el9"),
        ("openssl-libs", "1:3.0.1-41.el9_0", "noarch", "openssl", "1:3.0.1-41.el9_0"),
        ("openssl", "1:3.0.1-41.el9_0", "noarch", "openssl", "1:3.0.1-41.el9_0"),
    ]


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0" * 7,
        b"\0" * 8,
        b"\xff" * 8,
        GOOD[:-30],
        GOOD[:20],
        struct.pack(">II", 65_536, 0) + b"\0" * 16 * 65_536,
        struct.pack(">IIIIII", 1, 4, 1000, 6, 0, 1) + b"abcd",  # a string without an end
        struct.pack(">IIIIII", 1, 4, 1000, 6, 99, 1) + b"abc\0",  # beyond the store
        struct.pack(">IIIIII", 1, 4, 1000, 7, 0, 1) + b"abc\0",  # bytes, not a string
        struct.pack(">IIIIII", 1, 4, 1003, 4, 1, 1) + b"abcd",  # a number across the end
        struct.pack(">IIIIII", 1, 4, 1000, 6, 0, 1) + b"abc\0",  # no version
        header("a b", "1", "1"),
        header("a", "1\n2", "1"),
        header("a" * 300, "1", "1"),
        header("", "1", "1"),
        header("a", "", "1"),
        header("a", "1", None),
    ],
)
def test_headers_that_are_none(blob):
    with pytest.raises(UnsupportedImageError, match="damaged"):
        packages(rpmdb(blob))


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE Other (blob BLOB)"],
        ["CREATE TABLE Packages (hnum INTEGER)"],
        ["CREATE TABLE Packages (blob)", "INSERT INTO Packages VALUES ('text')"],
        ["CREATE TABLE Packages (blob)", "INSERT INTO Packages VALUES (NULL)"],
        ["CREATE TABLE T (x)", "CREATE VIEW Packages AS SELECT zeroblob(1000) AS blob FROM T"],
        [
            (
                "CREATE VIEW Packages AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
                " SELECT x AS blob FROM n"
            )
        ],
        [
            "CREATE TABLE Packages (hnum, blob AS (zeroblob(900000000)) VIRTUAL)",
            "INSERT INTO Packages (hnum) VALUES (1)",
        ],
    ],
)
def test_tables_that_are_none(tmp_path, statements):
    with pytest.raises(UnsupportedImageError, match="damaged"):
        packages(made(tmp_path / "db", *statements))


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_files_that_are_none(data):
    with pytest.raises(UnsupportedImageError, match="damaged"):
        packages(data)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 16_383), st.integers(0, 255)), min_size=1, max_size=40))
def test_changed_bytes_give_packages_or_a_refusal(changes):
    data = bytearray(FULL)
    for place, value in changes:
        data[place % len(data)] = value
    with contextlib.suppress(UnsupportedImageError):
        assert all(isinstance(package, Package) for package in read(bytes(data), ""))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400) | st.lists(st.integers(0, 255), max_size=60).map(lambda tail: GOOD[:60] + bytes(tail)))
def test_any_header_gives_a_package_or_a_refusal(blob):
    with contextlib.suppress(UnsupportedImageError):
        assert len(packages(rpmdb(blob))) <= 1


FULL = rpmdb(*(header(f"package-{number}", "1.0", "1.el9", epoch=number % 3) for number in range(20)))


@pytest.mark.parametrize(
    ("reason", "statements"),
    [
        (
            "made of others",
            ["CREATE TABLE Packages (x, blob AS (x || x) STORED)", "INSERT INTO Packages (x) VALUES ('a')"],
        ),
        ("made of others", ["CREATE TABLE Packages (blob, x AS (1))"]),
        ("more than tables", ["CREATE TABLE Packages (blob)", "CREATE VIEW v AS SELECT 1"]),
        (
            "more than tables",
            ["CREATE TABLE Packages (blob)", "CREATE TRIGGER t AFTER INSERT ON Packages BEGIN SELECT 1; END"],
        ),
        (
            "too many columns",
            ["CREATE TABLE Packages (blob)", "CREATE TABLE wide (" + ",".join(f"c{n}" for n in range(40)) + ")"],
        ),
        ("too big", ["CREATE TABLE Packages (blob)", "INSERT INTO Packages VALUES (zeroblob(40000000))"]),
        ("interrupted", ["CREATE TABLE Packages (blob)", "PRAGMA writable_schema=ON", MANY_TABLES]),
    ],
    ids=["stored column", "virtual column", "view", "trigger", "wide", "large row", "many tables"],
)
def test_a_schema_that_is_more_than_plain_tables_is_refused(tmp_path, reason, statements):
    with pytest.raises(UnsupportedImageError, match=f"damaged: .*{reason}"):
        packages(made(tmp_path / "db", *statements))
