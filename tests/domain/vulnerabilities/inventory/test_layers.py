"""Layers of any bytes: an answer or a refusal, never anything else, and the answer that the bytes are worth."""

import gzip
import posixpath

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from image_layers import ALPINE, DEBIAN, apk, dpkg, header, link, rpmdb, source, tar

from ecrmock.domain.vulnerabilities.inventory import _PLACES, Limits, UnsupportedImageError, read
from ecrmock.domain.vulnerabilities.inventory.budget import Budget
from ecrmock.domain.vulnerabilities.inventory.layers import look

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
CHANGES = st.lists(st.tuples(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=12)), max_size=6)
NOTHING = source(tar({"etc/motd": "hello"}))
LIMITS = Limits(image=1 << 22, file=1 << 20, kept=1 << 21)


def answer(*layers):
    """What they hold, without the layers that hold it; None for a refusal."""
    try:
        found = read(layers, LIMITS)
    except UnsupportedImageError:
        return None
    assert {package.layer for package in found.packages} <= {layer.digest for layer in layers}
    return found.os, found.version, [(package.name, package.version, package.source) for package in found.packages]


def changed(data, changes):
    data = bytearray(data)
    for place, new in changes:
        data[place % len(data) : place % len(data) + len(new)] = new
    return bytes(data)


def merged(piles):
    """The files that are left when these lie on each other, bottom first: a literal reading of the OCI layer rules."""
    files = {}
    for pile in piles:
        here = {posixpath.normpath(path): content for path, content in pile.items() if ".." not in path.split("/")}
        for path, content in here.items():
            folder, name = posixpath.split(path)
            if name == ".wh..wh..opq":
                files = {old: data for old, data in files.items() if folder and not old.startswith(f"{folder}/")}
            elif content is not None or name.startswith(".wh."):
                gone = posixpath.join(folder, name.removeprefix(".wh."))
                files = {old: data for old, data in files.items() if old != gone and not old.startswith(f"{gone}/")}
        files |= {path: data for path, data in here.items() if not posixpath.basename(path).startswith(".wh.")}
    return files


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd"]), st.binary(max_size=2000))
def test_random_bytes_are_no_image(start, data):
    assert answer(source(start + data)) is None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PACKED), CHANGES, st.integers(0, len(WHOLE)))
def test_changed_bytes_and_a_part_of_them_say_the_same_between_layers_that_say_nothing(packed, changes, cut):
    data = changed(packed, changes)
    for each in (source(data), source(data[: cut % len(data)])):
        assert answer(NOTHING, each, NOTHING) == answer(each)


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_a_tar_reads_the_same_however_it_is_packed(changes):
    data = changed(WHOLE, changes)
    plain, gzipped, zstd = (answer(source(each)) for each in (data, gzip.compress(data, 1), zstandard.compress(data)))
    assert plain == gzipped == zstd


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
def test_any_files_in_the_places_of_interest_read_as_if_merged_into_one_layer(piles):
    stacks = [source(tar(files)) for files in piles], [source(tar(merged(piles)))]
    found = [look(stack, _PLACES, lambda _view: False, Budget(LIMITS)) for stack in stacks]
    one, flat = ({path: (row.data, row.size, row.target) for path, row in view.entries.items()} for view in found)
    assert one == flat
