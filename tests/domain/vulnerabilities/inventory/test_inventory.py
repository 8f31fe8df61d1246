"""What is read out of images: whole layers, of every family."""

import gzip
import tarfile

import pytest
import zstandard
from constants import DOCKER_LAYER, LAYER
from image_layers import ALPINE, DEBIAN, ROCKY, apk, dpkg, header, layer, link, rpmdb, source, tar

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory import Limits, UnsupportedImageError, read

STATUS = "var/lib/dpkg/status"
RPMDB = "var/lib/rpm/rpmdb.sqlite"


def names(inventory):
    return [package.name for package in inventory.packages]


def test_a_debian_image_gives_its_installed_packages_with_their_sources():
    status = dpkg(
        ("libssl3", "3.0.11-1~deb12u2", {"Source": "openssl"}),
        ("gone", "1", {"Status": "deinstall ok config-files"}),
        ("libc6", "2.36-9+deb12u4+b1", {"Source": "glibc (2.36-9+deb12u4)", "Description": "one\n two\n ."}),
        ("held", "1:2", {"Status": "hold ok installed"}),
        ("half", "1", {"Status": "install reinstreq half-installed"}),
        ("unsaid", "1", {"Status": None}),
    )
    base = layer({"etc/os-release": link("etc/os-release", "../usr/lib/os-release"), "usr/lib/os-release": DEBIAN})
    top = layer({"./var/lib/dpkg/": None, "./var/lib/dpkg/status": status})
    found = read([base, top])
    assert (found.os, found.version, found.platform) == ("debian", "12", "DEBIAN_12")
    assert found.packages == (
        Package("deb", "libssl3", "3.0.11-1~deb12u2", "amd64", "openssl", "3.0.11-1~deb12u2", top.digest),
        Package("deb", "libc6", "2.36-9+deb12u4+b1", "amd64", "glibc", "2.36-9+deb12u4", top.digest),
        Package("deb", "held", "1:2", "amd64", "held", "1:2", top.digest),
    )


def test_a_distroless_image_has_one_file_a_package_in_any_layer():
    one = "Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\nMaintainer: x\n"
    layers = [
        layer({"usr/lib/os-release": DEBIAN, "var/lib/dpkg/status.d/base": one.replace("tzdata", "base-files")}),
        layer({"var/lib/dpkg/status.d/tzdata": one, "var/lib/dpkg/status.d/tzdata.md5sums": "0123  usr/share: x\n"}),
        layer({"var/lib/dpkg/status.d/netbase": one.replace("tzdata", "netbase"), "etc/os-release": DEBIAN}),
    ]
    found = read(layers)
    assert names(found) == ["base-files", "netbase", "tzdata"]
    assert [package.layer for package in found.packages] == [layers[0].digest, layers[2].digest, layers[1].digest]


@pytest.mark.parametrize("path", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_an_alpine_image_gives_its_packages_with_their_origins(path):
    found = read([layer({"etc/os-release": ALPINE, path: apk(("libcrypto3", "3.3.1-r3", "openssl"))})])
    assert (found.os, found.version, found.platform) == ("alpine", "3.20.3", "ALPINE_LINUX_3_20")
    assert [(each.kind, each.name, each.version, each.source) for each in found.packages] == [
        ("apk", "libcrypto3", "3.3.1-r3", "openssl")
    ]


@pytest.mark.parametrize("path", [RPMDB, "usr/lib/sysimage/rpm/rpmdb.sqlite"])
@pytest.mark.parametrize("wal", [True, False])
def test_an_rpm_image_gives_its_packages_without_keys(path, wal):
    database = rpmdb(
        header("openssl-libs", "3.0.7", "24.el9", epoch=1, source="openssl-3.0.7-24.el9.src.rpm"),
        header("gpg-pubkey", "350d275d", "6279464b", arch=None, source=None),
        header("bash", "5.1.8", "9.el9", epoch=0),
        wal=wal,
    )
    found = read([layer({"etc/os-release": ROCKY, path: database})])
    assert found.platform == "ROCKY_LINUX_9"
    assert [(each.name, each.version, each.arch, each.source, each.source_version) for each in found.packages] == [
        ("openssl-libs", "1:3.0.7-24.el9", "x86_64", "openssl", "1:3.0.7-24.el9"),
        ("bash", "5.1.8-9.el9", "x86_64", "bash", "5.1.8-9.el9"),
    ]


def test_more_packages_than_fit_a_page_are_all_read():
    database = rpmdb(*(header(f"p{number}", "1", "1", source="x" * 900 + "-1-1.src.rpm") for number in range(1500)))
    assert len(read([layer({RPMDB: database})]).packages) == 1500


def test_an_image_without_os_release_still_has_packages():
    found = read([layer({STATUS: dpkg(("a", "1"))})])
    assert (found.os, found.version, found.platform, names(found)) == ("", "", "", ["a"])


def test_packages_of_two_managers_in_one_image_are_all_read():
    found = read([layer({STATUS: dpkg(("a", "1")), RPMDB: rpmdb(header("b", "1", "1"))})])
    assert [(each.kind, each.name) for each in found.packages] == [("deb", "a"), ("rpm", "b")]


class TestOldDatabases:
    @pytest.mark.parametrize("folder", ["var/lib/rpm", "usr/lib/sysimage/rpm"])
    @pytest.mark.parametrize(("name", "kind"), [("Packages", "Berkeley DB"), ("Packages.db", "ndb")])
    def test_are_refused_by_name(self, folder, name, kind):
        with pytest.raises(UnsupportedImageError, match=f"{folder}/{name} is in the {kind} format"):
            read([layer({f"{folder}/{name}": "\0" * 100})])

    def test_do_not_matter_beside_a_new_one(self):
        assert names(read([layer({"var/lib/rpm/Packages": "", RPMDB: rpmdb(header("a", "1", "1"))})])) == ["a"]

    def test_do_not_matter_when_removed(self):
        with pytest.raises(UnsupportedImageError, match="no layer holds a package database"):
            read([layer({"var/lib/rpm/Packages": "x"}), layer({"var/lib/rpm/.wh.Packages": ""})])


def test_a_log_with_changes_is_not_passed_over():
    database = rpmdb(header("a", "1", "1"))
    assert names(read([layer({RPMDB: database, f"{RPMDB}-wal": ""})])) == ["a"]
    with pytest.raises(UnsupportedImageError, match="-wal holds changes"):
        read([layer({RPMDB: database, f"{RPMDB}-wal": "x"})])


@pytest.mark.parametrize("layers", [[], [layer({})], [layer({"app": "x", "etc/os-release": DEBIAN})]])
def test_an_image_without_a_database_is_refused(layers):
    with pytest.raises(UnsupportedImageError, match="no layer holds a package database of dpkg, apk or rpm"):
        read(layers)


class TestPilesOfLayers:
    base = layer({"etc/os-release": DEBIAN, STATUS: dpkg(("old", "1"))})

    def test_the_topmost_file_holds(self):
        found = read([self.base, layer({STATUS: dpkg(("new", "2"))}), layer({"app": "x"})])
        assert (names(found), found.os) == (["new"], "debian")

    @pytest.mark.parametrize(
        "hiding",
        [
            {"var/lib/dpkg/.wh.status": ""},
            {"var/lib/.wh.dpkg": ""},
            {".wh.var": ""},
            {"var/lib/dpkg/.wh..wh..opq": ""},
            {"./var/.wh..wh..opq": ""},
            {".wh..wh..opq": ""},
            {"var/lib": link("var/lib", "/opt")},
            {"var": "a file"},
            {STATUS: None},
        ],
        ids=" ".join,
    )
    def test_what_is_removed_is_gone(self, hiding):
        with pytest.raises(UnsupportedImageError):
            read([self.base, layer(hiding)])

    @pytest.mark.parametrize(
        "harmless",
        [
            {"var/lib/dpkg/.wh.status-old": ""},
            {"var/lib/.wh.apt": ""},
            {"var/cache/.wh..wh..opq": ""},
            {"var/lib/dpkg/.wh..wh.plnk": ""},
            {"/var/lib/dpkg/.wh.status": ""},
            {"var/lib/dpkg/../dpkg/.wh.status": ""},
            {"/.wh..wh..opq": ""},
            {"var/lib/dpkg/.wh...": ""},
            {"var/lib": None},
            {f"/{STATUS}": dpkg(("evil", "1"))},
            {f"x/../{STATUS}": dpkg(("evil", "1"))},
        ],
        ids=str,
    )
    def test_what_is_not_touched_stays(self, harmless):
        assert names(read([self.base, layer(harmless)])) == ["old"]

    def test_a_whiteout_hides_below_not_beside_and_not_above(self):
        both = layer({STATUS: dpkg(("new", "2")), "var/lib/dpkg/.wh..wh..opq": "", "var/lib/dpkg/.wh.status": ""})
        assert names(read([self.base, both])) == ["new"]
        assert names(read([self.base, layer({".wh.var": ""}), layer({STATUS: dpkg(("again", "3"))})])) == ["again"]

    def test_one_file_a_package_can_be_removed_one_by_one(self):
        files = {f"var/lib/dpkg/status.d/{name}": f"Package: {name}\nVersion: 1\n" for name in "abc"}
        assert names(read([layer(files), layer({"var/lib/dpkg/status.d/.wh.b": ""})])) == ["a", "c"]

    def test_the_release_of_a_lower_layer_shows_through_a_link(self):
        linked = layer({"etc/os-release": link("etc/os-release", "../usr/lib/os-release"), STATUS: dpkg(("a", "1"))})
        assert read([layer({"usr/lib/os-release": ALPINE}), linked]).os == "alpine"

    def test_layers_below_the_first_hit_are_not_opened(self):
        never = source(b"never read")._replace(open=lambda: pytest.fail("opened"))
        assert names(read([never, self.base])) == ["old"]


class TestLinks:
    def test_a_hard_link_between_two_files_of_interest_is_the_same_file(self):
        files = {
            "lib/apk/db/installed": apk(("a", "1-r0", "a")),
            "usr/lib/os-release": ALPINE,
            "etc/os-release": link("etc/os-release", "usr/lib/os-release", tarfile.LNKTYPE),
        }
        assert read([layer(files)]).os == "alpine"

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
    @pytest.mark.parametrize("target", ["/etc/passwd", "../../../../etc/passwd", "other", STATUS])
    def test_a_database_that_is_a_link_is_not_followed(self, kind, target):
        files = {"var/lib/dpkg/other": dpkg(("a", "1")), STATUS: link(STATUS, target, kind)}
        with pytest.raises(UnsupportedImageError, match=r"is a link to .*links are not followed"):
            read([layer(files)])

    @pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
    def test_devices_are_no_files(self, kind):
        with pytest.raises(UnsupportedImageError, match="no file"):
            read([layer({STATUS: link(STATUS, "", kind)})])


class TestForms:
    plain = tar({"etc/os-release": DEBIAN, STATUS: dpkg(("a", "1"))})

    @pytest.mark.parametrize(
        "media_type",
        [
            "application/vnd.oci.image.layer.v1.tar",
            LAYER,
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            DOCKER_LAYER,
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ],
    )
    @pytest.mark.parametrize(
        "packed",
        [
            plain,
            gzip.compress(plain),
            gzip.compress(plain[:700]) + gzip.compress(plain[700:]),
            zstandard.compress(plain),
            zstandard.compress(plain[:700]) + zstandard.compress(plain[700:]),
        ],
        ids=["tar", "gzip", "gzip in parts", "zstd", "zstd in parts"],
    )
    def test_the_bytes_say_how_they_are_compressed(self, media_type, packed):
        assert names(read([source(packed, media_type)])) == ["a"]

    @pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    def test_every_tar(self, form):
        files = {"a/" * 60 + "x" * 90: "long", STATUS: dpkg(("a", "1"))}
        assert names(read([layer(files, format=form)])) == ["a"]

    def test_a_tar_without_an_end_is_read_as_docker_does(self):
        assert names(read([source(self.plain[: 512 * 4])])) == ["a"]

    @pytest.mark.parametrize(
        ("start", "name"), [(b"BZh91AY", "bzip2"), (b"\xfd7zXZ\0\0", "xz"), (b"\x04\x22\x4d\x18\x64\x40", "lz4")]
    )
    def test_other_compressions_are_refused_by_name(self, start, name):
        with pytest.raises(UnsupportedImageError, match=f"compressed with {name}"):
            read([source(start + b"x" * 1000)])

    @pytest.mark.parametrize(
        "media_type",
        ["application/vnd.in-toto+json", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "", "text/plain"],
    )
    def test_layers_that_are_no_tars_are_refused_by_their_type(self, media_type):
        with pytest.raises(UnsupportedImageError, match="is no tar"):
            read([source(self.plain, media_type)])

    def test_zstd_without_its_library_names_the_extra(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
        with pytest.raises(UnsupportedImageError, match=r"pip install 'ecrmock\[scan\]'"):
            read([source(zstandard.compress(self.plain))])


class TestDamage:
    big = tar({"before": bytes(range(256)) * 3000, STATUS: dpkg(("a", "1")), "after": bytes(range(256)) * 3000})

    @pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["tar", "gzip", "zstd"])
    @pytest.mark.parametrize("share", [0.1, 0.45, 0.9])
    def test_a_layer_that_is_cut_off(self, pack, share):
        packed = pack(self.big)
        with pytest.raises(UnsupportedImageError, match=r"cut off|no readable tar"):
            read([source(packed[: int(len(packed) * share)])])

    @pytest.mark.parametrize(
        "data",
        [b"", b"x", b"no tar at all" * 100, gzip.compress(b"neither" * 500), b"\x1f\x8b\0"],
        ids=["nothing", "a byte", "text", "gzip of text", "a broken gzip"],
    )
    def test_a_layer_that_is_no_tar(self, data):
        with pytest.raises(UnsupportedImageError):
            read([source(data)])

    def test_a_broken_header_in_the_middle_is_not_taken_for_the_end(self):
        broken = bytearray(tar({"before": "x", STATUS: dpkg(("a", "1"))}))
        broken[1024 + 150] ^= 0xFF
        with pytest.raises(UnsupportedImageError, match="is no tar"):
            read([source(bytes(broken))])

    def test_a_missing_layer_is_told(self):
        def missing():
            raise FileNotFoundError("no such blob")

        with pytest.raises(UnsupportedImageError, match="no such blob"):
            read([source(b"")._replace(open=missing)])


class TestBombs:
    limits = Limits(image=1 << 20, file=1 << 16, kept=1 << 17)

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
    def test_a_layer_that_grows_beyond_the_limit(self, pack):
        bomb = pack(tar({"zeros": bytes(64 << 20), STATUS: dpkg(("a", "1"))}))
        assert len(bomb) < 100_000
        with pytest.raises(UnsupportedImageError, match="hold more than 1048576 bytes"):
            read([source(bomb)], self.limits)

    def test_a_database_that_is_too_large(self):
        with pytest.raises(UnsupportedImageError, match="has 65537 bytes; at most 65536"):
            read([layer({STATUS: bytes((1 << 16) + 1)})], self.limits)

    def test_many_databases_that_are_too_large_together(self):
        files = {f"var/lib/dpkg/status.d/{number}": bytes(60_000) for number in range(3)}
        with pytest.raises(UnsupportedImageError, match="hold more than 131072 bytes"):
            read([layer(files)], self.limits)
        with pytest.raises(UnsupportedImageError, match="hold more than 131072 bytes"):
            read([layer({path: data}) for path, data in files.items()], self.limits)

    def test_headers_of_unreasonable_length(self):
        info = tarfile.TarInfo("x")
        info.type, info.size = tarfile.XHDTYPE, 50 << 20
        with pytest.raises(UnsupportedImageError, match="unreasonable length"):
            read([source(gzip.compress(info.tobuf() + bytes(50 << 20), 1))])

    def test_a_file_that_claims_to_be_endless(self):
        info = tarfile.TarInfo("x")
        info.size = 1 << 60
        with pytest.raises(UnsupportedImageError, match="cut off"):
            read([source(info.tobuf(tarfile.GNU_FORMAT) + bytes(5000))])
        info.name = STATUS
        with pytest.raises(UnsupportedImageError, match="at most"):
            read([source(info.tobuf(tarfile.GNU_FORMAT) + bytes(5000))])

    def test_headers_in_headers(self):
        info = tarfile.TarInfo("x")
        info.type = tarfile.XHDTYPE
        with pytest.raises(UnsupportedImageError):
            read([source(gzip.compress(info.tobuf() * 900))])

    def test_global_headers_without_end(self):
        parts = [tarfile.TarInfo.create_pax_global_header({f"k{number}": "v"}) for number in range(1100)]
        end = tar({STATUS: dpkg(("a", "1"))})
        assert names(read([source(b"".join(parts[:1000]) + end)])) == ["a"]
        with pytest.raises(UnsupportedImageError, match="unreasonable length"):
            read([source(b"".join(parts) + end)])
