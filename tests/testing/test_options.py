"""ecrmock.testing.options: the options that type checkers know are those of Settings; a wrong one is told."""

import dataclasses
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_type_hints

import pytest

from ecrmock import EcrMock, mock_ecr, testing
from ecrmock.settings import Settings
from ecrmock.testing import SettingsDict, marker, public
from ecrmock.testing.options import to_settings

HINTS = get_type_hints(Settings)
PAIRS = Mapping[str, str] | HINTS["upstreams"]
WIDER = {
    "credentials": PAIRS,
    "upstreams": PAIRS,
    "delays": Mapping[str, str | float] | HINTS["delays"],
    "advisories": str | Path | HINTS["advisories"],
}
"""What a mock takes in more forms than Settings keeps."""


def test_the_options_are_the_fields_of_settings_with_their_types():
    assert list(SettingsDict.__annotations__) == [field.name for field in dataclasses.fields(Settings)]
    assert get_type_hints(SettingsDict) == HINTS | WIDER
    assert not SettingsDict.__required_keys__


@pytest.mark.parametrize("take", [mock_ecr, EcrMock, marker])
def test_a_misspelt_option_is_told_with_what_was_meant(take):
    with pytest.raises(TypeError, match=r"^mock_ecr has no option 'lenint'; did you mean 'lenient'\?$"):
        take(lenint=True)


def test_an_option_like_none_is_told_with_all_there_are():
    with pytest.raises(
        TypeError,
        match=r"'xyz'; there are server, passthrough, isolated, unmocked, layer_urls, account, .*, url_seconds$",
    ):
        mock_ecr(xyz=1)


@pytest.mark.parametrize("take", [mock_ecr, EcrMock, marker])
def test_a_word_that_is_none_of_an_options_words_is_told(take):
    with pytest.raises(ValueError, match=r"^mock_ecr\(auth=...\) takes one of off, token, sigv4, not 'sigv3'$"):
        take(auth="sigv3")


def test_pairs_may_be_a_mapping_and_advisories_one_path():
    chosen = to_settings(
        {"delays": {"a": 1}, "upstreams": {"b": "c"}, "credentials": {"d": "e"}, "advisories": Path("f"), "seed": "g"}
    )
    assert chosen == Settings(
        delays=(("a", 1),), upstreams=(("b", "c"),), credentials=(("d", "e"),), advisories=("f",), seed="g"
    )
    assert to_settings({"advisories": "f"}) == to_settings({"advisories": ("f",)})


def test_another_of_the_same_kind_has_the_same_options():
    class Mine(EcrMock):
        pass

    with Mine(account="111122223333", delays={"restore-image": 60}, passthrough=True).again() as again:
        assert (type(again), again.world.settings.account) == (Mine, "111122223333")
        assert again.world.settings.delays == (("restore-image", 60),)
        assert again._passthrough is True


def test_the_marker_is_pytests_own():
    own = {"passthrough": ["sts"], "isolated": True, "unmocked": "raise", "layer_urls": "aws"}
    assert marker(seed="1", **own).mark == pytest.mark.ecrmock(seed="1", **own).mark


def test_every_public_name_is_there_and_no_other():
    assert testing.__all__ == public.__all__
    assert all(getattr(testing, name) is getattr(public, name) for name in testing.__all__)
    with pytest.raises(AttributeError, match="no attribute 'App'"):
        _ = testing.App


def test_importing_the_public_names_module_loads_nothing():
    code = "import sys; import ecrmock.testing; print(sorted(m for m in sys.modules if m.startswith('ecrmock.')))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "['ecrmock._version', 'ecrmock.testing']"
