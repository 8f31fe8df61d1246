"""Which options does a mock take? The fields of Settings by their names, and a type checker knows them."""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, TypedDict

from ecrmock.bounds import SettingError
from ecrmock.settings import Delays, Settings

Pairs = Mapping[str, str] | tuple[tuple[str, str], ...]


class SettingsDict(TypedDict, total=False):
    """The options of `mock_ecr`, as docs/settings.md explains them; a test holds their names and types to Settings.

    Pairs may be a mapping here, and `advisories` one path.
    """

    account: str
    region: str
    auth: Literal["off", "token", "sigv4"]
    credentials: Pairs
    iam: Literal["off", "resource"]
    registry_host: str
    ecr_quirks: bool
    lenient: bool
    upstreams: Pairs
    allow_origins: tuple[str, ...]
    allow_hosts: tuple[str, ...]
    seed: str | None
    delays: Mapping[str, str | float] | Delays
    advisories: str | Path | tuple[str, ...]
    scratch_completes: bool
    scans_in_describe_images: bool
    calls_kept: int
    calls_bytes: int
    quota_repositories: int
    quota_images: int
    quota_tags_per_image: int
    quota_layer_parts: int
    quota_layer_part_bytes: int
    quota_layer_part_minimum: int
    quota_layer_bytes: int
    quota_layers_per_image: int | None
    quota_manifest_bytes: int
    quota_resource_tags: int
    quota_pull_time_exclusions: int
    quota_templates: int | None
    quota_backfills: int
    quota_cache_rules: int
    cache_hours: float
    upstream_seconds: float
    quota_scans: int
    upload_hours: float
    layer_hours: float
    token_hours: float
    pull_time_hours: float
    enhanced_days: float
    url_seconds: int


OWN: dict[str, tuple[str, ...]] = {
    "server": (),
    "passthrough": (),
    "isolated": (),
    "unmocked": ("refuse", "raise"),
    "layer_urls": ("local", "aws"),
}
"""The options of a mock that are no settings of its world, and their words where they have some."""
_CONFIG = (
    "mock_aws's config has no counterpart: options are given by name, as in mock_ecr(iam='off'), and "
    "passthrough=['s3'] lets a service go to the network (docs/moving-from-moto.md)"
)


def check_own(options: Mapping[str, Any]) -> None:
    """Raise ValueError for a word that is none of the words of an option of the mock itself."""
    for name, words in OWN.items():
        if words and name in options and options[name] not in words:
            raise ValueError(_wrong_word(name, words, options[name]))


def to_settings(options: Mapping[str, Any]) -> Settings:
    """The settings that these options choose.

    Raises TypeError for a name that is no option, ValueError for a value that makes no sense.
    """
    for name in options:
        _check(name)
    try:
        return Settings(**{name: _plain(name, value) for name, value in options.items()})
    except SettingError as error:
        raise ValueError(f"mock_ecr({error.name}=...) {error.about}") from None


def _check(name: str) -> None:
    known = [field.name for field in fields(Settings)]
    if name not in known:
        raise TypeError(f"mock_ecr has no option {name!r}; {_meant(name, known)}")


def _meant(name: str, known: list[str]) -> str:
    if name == "config":
        return _CONFIG
    near = difflib.get_close_matches(name, [*OWN, *known], 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join([*OWN, *sorted(known)])}"


def _wrong_word(name: str, words: tuple[str, ...], value: Any) -> str:
    return f"mock_ecr({name}=...) takes one of {', '.join(words)}, not {value!r}"


def _plain(name: str, value: Any) -> Any:
    """What Settings keeps: the pairs of a mapping, a tuple of one path."""
    if isinstance(value, Mapping):
        return tuple(value.items())
    return (str(value),) if name == "advisories" and isinstance(value, str | Path) else value
