import pytest

from ecrmock.domain.vulnerabilities.ecosystems import ANY, release_of, resolve


@pytest.mark.parametrize(
    ("name", "os", "version"),
    [
        ("Debian:12", "debian", "12"),
        ("Debian:12", "debian", "12.5"),
        ("Ubuntu:22.04:LTS", "ubuntu", "22.04"),
        ("Ubuntu:23.10", "ubuntu", "23.10"),
        ("Alpine:v3.20", "alpine", "3.20.3"),
        ("Red Hat:enterprise_linux:9::appstream", "rhel", "9.4"),
        ("Red Hat:9", "rhel", "9.4"),
        ("Red Hat:enterprise_linux:7::server", "centos", "7"),
        ("Rocky Linux:9", "rocky", "9.4"),
        ("AlmaLinux:8", "almalinux", "8.10"),
        ("Oracle Linux:9", "ol", "9.4"),
        ("Amazon Linux:2023", "amzn", "2023"),
        ("Amazon Linux 2", "amzn", "2"),
        ("Fedora:40", "fedora", "40"),
        ("openSUSE:Leap 15.6", "opensuse-leap", "15.6"),
        ("SUSE:Linux Enterprise Server 15 SP5", "sles", "15.5"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "sles", "15.5"),
        ("Azure Linux:3", "azurelinux", "3.0"),
    ],
)
def test_ecosystems_of_one_release(name, os, version):
    found = resolve(name)
    assert os in found.family.ids
    assert found.release == release_of(os, version)


@pytest.mark.parametrize(
    ("name", "os"),
    [("Debian", "debian"), ("Wolfi", "wolfi"), ("openSUSE:Tumbleweed", "opensuse-tumbleweed"), ("Chainguard", "wolfi")],
)
def test_ecosystems_of_every_release(name, os):
    found = resolve(name)
    assert (os in found.family.ids, found.release) == (True, ANY)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "npm",
        "debian:12",
        "Ubuntu:Pro:22.04:LTS",
        "Ubuntu:Pro:FIPS:22.04:LTS",
        "Red Hat:rhel_eus:9.2::appstream",
        "Red Hat:openshift:4.12::el8",
        "SUSE:Linux Enterprise Server 15 SP5-LTSS",
        "SUSE:Linux Enterprise Server for SAP Applications 15 SP5",
        "Alpine:edge",
    ],
)
def test_ecosystems_that_mean_no_image_of_ours(name):
    assert resolve(name) is None
