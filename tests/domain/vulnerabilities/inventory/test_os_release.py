import pytest

from ecrmock.domain.vulnerabilities.inventory.os_release import Release, platform, read, series


@pytest.mark.parametrize(
    ("text", "os", "version", "name"),
    [
        ('ID=debian\nVERSION_ID="12"', "debian", "12", "DEBIAN_12"),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"', "ubuntu", "22.04", "UBUNTU_22_04"),
        ("ID=alpine\nVERSION_ID=3.20.3", "alpine", "3.20.3", "ALPINE_LINUX_3_20"),
        ("ID=alpine\nVERSION_ID=3.21.0_alpha20240606", "alpine", "3.21.0_alpha20240606", "ALPINE_LINUX_3_21"),
        ('ID="amzn"\nVERSION_ID="2023"', "amzn", "2023", "AMAZON_LINUX_2023"),
        ('ID="amzn"\nVERSION_ID="2"', "amzn", "2", "AMAZON_LINUX_2"),
        ('ID="rhel"\nVERSION_ID="9.4"', "rhel", "9.4", "RHEL_9"),
        ('ID="ol"\nVERSION_ID="8.10"', "ol", "8.10", "ORACLE_LINUX_8"),
        ("ID=fedora\nVERSION_ID=40", "fedora", "40", "FEDORA_40"),
        ("ID='opensuse-leap'\nVERSION_ID='15.6'", "opensuse-leap", "15.6", "OPENSUSE_LEAP_15_6"),
        ("ID=wolfi\nVERSION_ID=20230201", "wolfi", "20230201", "WOLFI_20230201"),
        ("ID=arch", "arch", "", "ARCH"),
        ("ID=Debian\nID=ubuntu\n", "ubuntu", "", "UBUNTU"),
        ("# ID=no\n\nnonsense\n=\nID", "", "", ""),
        ("\xff\0\r\nID=debian\r\n", "debian", "", "DEBIAN"),
    ],
)
def test_what_it_says(text, os, version, name):
    release = read(text.encode("latin-1"))
    assert (release, platform(release)) == (Release(os, version), name)


def test_point_releases_belong_to_their_series():
    assert [series(Release(*each)) for each in [("debian", "12.5"), ("alpine", "3.20.3"), ("ubuntu", "22.04")]] == [
        "12",
        "3.20",
        "22.04",
    ]
