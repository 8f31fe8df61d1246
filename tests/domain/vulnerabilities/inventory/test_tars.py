"""The tar reader: it reads what the library reads, and no header takes longer than its length."""

import gzip
import io
import tarfile
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_layers import DEBIAN, dpkg, layer, source, tar

from ecrmock.base.patience import Patience
from ecrmock.domain.vulnerabilities.inventory import Limits, OverBudgetError, UnsupportedImageError, read
from ecrmock.domain.vulnerabilities.inventory.budget import Budget
from ecrmock.domain.vulnerabilities.inventory.streams import LayerSource, Meter
from ecrmock.domain.vulnerabilities.inventory.tars import Tar

STATUS = "var/lib/dpkg/status"
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
KINDS = [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
NAMES = st.text("abcé/.-", min_size=1, max_size=90).filter(lambda name: name.strip("/"))
MEMBERS = st.lists(st.tuples(NAMES, st.sampled_from(KINDS), st.binary(max_size=1500), NAMES), max_size=8)


def written(members, form):
    """A tar of (name, kind, bytes, target) rows, by the library."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, kind, data, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
            info.size = len(data) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(data) if info.size else None)
    return out.getvalue()


def ours(data):
    reader = Tar(Meter(io.BytesIO(data), Budget(Limits())))
    return [
        (member.name.rstrip("/"), member.kind, member.target, reader.data(member) if member.is_file else b"")
        for member in reader
    ]


def theirs(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [
            (member.name.rstrip("/"), member.type, member.linkname, archive.extractfile(member).read())
            if member.isreg()
            else (member.name.rstrip("/"), member.type, member.linkname, b"")
            for member in archive
        ]


@settings(max_examples=100, deadline=None)
@given(MEMBERS, st.sampled_from(FORMATS[1:]), st.integers(1, 3))
def test_it_reads_what_the_library_reads(members, form, times):
    data = written([(name * times, *more) for name, *more in members], form)
    assert ours(data) == theirs(data)


def test_a_long_path_in_two_parts():
    data = written([("a/" * 60 + "b" * 90, tarfile.REGTYPE, b"x", "")], tarfile.USTAR_FORMAT)
    assert ours(data) == theirs(data)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_a_million_digits_takes_no_time(kind):
    """The library's expression takes half an hour for it (CVE-2024-6232)."""
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, 1_000_000
    data = info.tobuf() + b"1" * 1_000_000 + bytes(-1_000_000 % 512) + tar({STATUS: dpkg(("a", "1"))})
    start = time.process_time()
    with pytest.raises(UnsupportedImageError, match=r"a pax header is broken|no layer holds"):
        read([source(gzip.compress(data))])
    assert time.process_time() - start < 2


def test_a_sparse_database_is_refused_and_another_sparse_file_passed_over():
    def sparse(name):
        info = tarfile.TarInfo(name)
        info.size, info.pax_headers = 3, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name}
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
            archive.addfile(info, io.BytesIO(b"abc"))
        return source(out.getvalue())

    base = layer({STATUS: dpkg(("a", "1")), "etc/os-release": DEBIAN})
    assert len(read([base, sparse("var/log/lastlog")]).packages) == 1
    with pytest.raises(UnsupportedImageError, match="sparse file"):
        read([base, sparse(STATUS)])


# -- the budget of an image


def counted(data, opened, digest="sha256:1"):
    def opening():
        opened.append(digest)
        return io.BytesIO(data)

    return LayerSource(digest, "application/vnd.oci.image.layer.v1.tar", opening)


def test_a_layer_that_is_listed_a_hundred_times_is_read_once():
    opened, base = [], layer({STATUS: dpkg(("a", "1")), "etc/os-release": DEBIAN})
    empty = counted(tar({"x": "y"}), opened)
    assert len(read([base, *[empty] * 100]).packages) == 1
    assert opened == ["sha256:1"]


def test_the_budget_is_of_the_image_and_not_of_each_layer():
    data = tar({"x": bytes(200_000)})
    layers = [counted(data, [], f"sha256:{number}") for number in range(5)]
    limits = Limits(image=500_000)
    with pytest.raises(UnsupportedImageError, match="no layer holds a package database"):
        read(layers[:2], limits)
    with pytest.raises(OverBudgetError, match="the layers hold more than 500000 bytes"):
        read(layers, limits)
    many = [counted(tar(dict.fromkeys("abc", "")), [], f"sha256:{number}") for number in range(2)]
    with pytest.raises(OverBudgetError, match="the layers hold more than 5 files"):
        read(many, Limits(members=5))


@pytest.mark.parametrize("data", [bytes(50_000_000), b"", b"a"], ids=["zeros", "nothing", "a name"])
def test_the_time_is_looked_at_in_small_steps(data):
    """Also where much is stored and nothing comes out of it."""
    seconds = iter(range(10_000))
    info = tarfile.TarInfo("x")
    info.size = 50_000_000
    stored = {
        b"": gzip.compress(b"") * 100_000,
        b"a": b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 3_000_000,
    }.get(data, gzip.compress(info.tobuf() + data, 1))
    budget = Budget(Limits(seconds=20), Patience(20, lambda: next(seconds)))
    with pytest.raises(OverBudgetError, match="takes longer than 20 seconds"):
        list(Tar(Meter(io.BytesIO(stored), budget)))
    assert next(seconds) < 25


@pytest.mark.parametrize(
    ("database", "reason"),
    [(b"\n" * 2_100_000, "more than 2000000 lines"), (b"\xff" * 5_000_000, None), (b" " * 5_000_000, None)],
)
def test_a_database_of_nothing_takes_no_time(database, reason):
    start = time.process_time()
    image = [layer({STATUS: database, "etc/os-release": DEBIAN})]
    if reason is None:
        assert read(image).packages == ()
    else:
        with pytest.raises(OverBudgetError, match=reason):
            read(image)
    assert time.process_time() - start < 4


def test_a_system_that_says_too_much_of_itself_is_read_in_part():
    image = [layer({STATUS: dpkg(("a", "1")), "etc/os-release": DEBIAN.encode() + b"\n" + b"\xff" * 5_000_000})]
    assert read(image).os == "debian"
