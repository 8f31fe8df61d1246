"""What pyproject.toml promises: bounds that were tried, and a package that is whole."""

import os
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from older_sdk import OLDER
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINES = (ROOT / "tests" / "lowest.txt").read_text().splitlines()
LOWEST = {each.name: each.specifier for each in map(Requirement, (line for line in LINES if line[0] != "#"))}
OURS = ("sign", "tls", "scan")
"""The extras that users choose."""
SDK = os.environ.get("ECRMOCK_SDK")
"""Which SDK tox says that it installed: newest or lowest."""


def requirements():
    """What ecrmock may stand on, and boto3, which brings botocore."""
    extras = PROJECT["project"]["optional-dependencies"]
    boto3 = [text for text in extras["test"] if text.startswith("boto3")]
    texts = [*PROJECT["project"]["dependencies"], *boto3, *(text for name in OURS for text in extras[name])]
    return [Requirement(text) for text in texts]


def bound(requirement):
    (version,) = (each.version for each in requirement.specifier if each.operator == ">=")
    return Version(version)


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_lowest_version_that_is_tried_is_the_bound(requirement):
    (pin,) = LOWEST[requirement.name]
    assert pin.operator == "=="
    assert bound(requirement) == Version(pin.version)


def test_every_pin_is_a_bound_or_a_tool_of_the_tests():
    tools = {Requirement(text).name for text in PROJECT["project"]["optional-dependencies"]["test"]}
    assert set(LOWEST) == {each.name for each in requirements()} | (tools & set(LOWEST))


@pytest.mark.skipif(SDK != "lowest", reason="only in the environment `lowest` of tox")
def test_the_lowest_are_installed():
    assert {name: metadata.version(name) in pins for name, pins in LOWEST.items()} == dict.fromkeys(LOWEST, True)
    assert OLDER


def test_the_newest_sdk_is_not_older_than_the_models():
    """So that no test is left out where the newest of everything is installed."""
    assert not (SDK == "newest" and OLDER)


def test_wheel_and_sdist_have_notice_and_models():
    assert PROJECT["project"]["license-files"] == ["LICENSE", "NOTICE"]
    assert {"/ecrmock", "/NOTICE"} <= set(PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["ecrmock"]}
