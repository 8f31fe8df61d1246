"""Layers of any bytes: an answer or a refusal, never anything else."""

import contextlib
import gzip

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from image_layers import ALPINE, DEBIAN, apk, dpkg, header, link, rpmdb, source, tar

from ecrmock.domain.vulnerabilities.inventory import Inventory, Limits, UnsupportedImageError, read

FILES = {
    "etc/os-release": link("etc/os-release", "../usr/lib/os-release"),
    "usr/lib/os-release": DEBIAN,
    "var/lib/dpkg/status": dpkg(("a", "1"), ("b", "1:2-3", {"Source": "c (2-3)"})),
    "var/lib/dpkg/status.d/x": "Package: x\nVersion: 1\n",
    "lib/apk/db/installed": apk(("d", "1-r0", "e")),
    "var/lib/rpm/rpmdb.sqlite": rpmdb(header("f", "1", "2", epoch=3)),
    "n" * 150: "a long name",
    "etc/.wh.issue": "",
}
WHOLE = tar(FILES)
PACKED = [WHOLE, gzip.compress(WHOLE, mtime=0), zstandard.compress(WHOLE)]
LIMITS = Limits(layer=1 << 22, file=1 << 20, kept=1 << 21)


def answer(*layers):
    """Read them; a refusal is an answer too."""
    with contextlib.suppress(UnsupportedImageError):
        assert isinstance(read(layers, LIMITS), Inventory)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd"]), st.binary(max_size=2000))
def test_random_bytes(start, data):
    answer(source(start + data))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(PACKED),
    st.lists(st.tuples(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=12)), max_size=6),
    st.integers(0, len(WHOLE)),
)
def test_changed_bytes(packed, changes, cut):
    data = bytearray(packed)
    for place, new in changes:
        data[place % len(data) : place % len(data) + len(new)] = new
    answer(source(bytes(data)), source(bytes(data[: cut % len(data)])))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                [*FILES, "var", "var/lib/.wh.dpkg", ".wh..wh..opq", "./lib/apk/.wh..wh..opq", "usr/../etc"]
            ),
            st.none() | st.binary(max_size=200) | st.sampled_from([DEBIAN, ALPINE]),
            max_size=4,
        ),
        max_size=4,
    )
)
def test_any_files_in_the_places_of_interest(piles):
    answer(*(source(tar(files)) for files in piles))
