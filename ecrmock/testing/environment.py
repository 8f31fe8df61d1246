"""Which credentials does a client find while a mock is entered? Fake ones, and nothing that leads it elsewhere."""

import os
import sys
import threading
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    # botocore passes over the variables where a session names its profile, and would ask this machine's cloud
    "AWS_EC2_METADATA_DISABLED": "true",
}
# what would lead a client elsewhere although it is created inside the mock
_ASIDE = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR")
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_ELSEWHERE = frozenset({"endpoint_url", "services"})
_SESSION = "boto3.DEFAULT_SESSION"
"""Stands among the variables: the session of `boto3.client` keeps the credentials that it found first."""

Saved = dict[str, Any]
"""Variables as they were before a mock changed them; None for those that were not set."""


class Environment:
    """The variables of this process, faked in layers: mocks may be left in another order than they were entered."""

    def __init__(self) -> None:
        """Have no layers."""
        self._lock = threading.RLock()  # a mock in a generator may be left by the garbage collector at any point
        self._layers: list[Saved] = []

    def fake(self) -> Saved:
        """Lay fake values over the variables; the region is the caller's own. `restore` takes what this returns."""
        with self._lock:
            aside = [name for name in (*_ASIDE, *_unusable_profiles()) if name in os.environ]
            saved = {name: _get(name) for name in (*_CREDENTIALS, *aside, _SESSION)}
            self._layers.append(saved)
            try:
                _put(dict.fromkeys(saved) | _CREDENTIALS)
            except BaseException:
                self.restore(saved)
                raise
            return saved

    def restore(self, saved: Saved) -> None:
        """Take a layer away: the variables are as before it, or will be when the layer above it goes."""
        with self._lock:
            at = next(number for number, layer in enumerate(self._layers) if layer is saved)
            del self._layers[at]
            if at == len(self._layers):
                _put(saved)
            else:
                self._layers[at].update(saved)


def _unusable_profiles() -> list[str]:
    """Variables that name a profile which is not there, or leads elsewhere; that of another counts for its region."""
    named = [name for name in _PROFILES if name in os.environ]
    if not named:
        return []
    try:
        known = botocore.session.Session(profile="default").full_config["profiles"]
    except BotoCoreError:
        known = {}
    return [name for name in named if not _usable(known.get(os.environ[name]))]


def _usable(profile: dict[str, Any] | None) -> bool:
    return profile is not None and _ELSEWHERE.isdisjoint(profile)


def _get(name: str) -> Any:
    return getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None) if name == _SESSION else os.environ.get(name)


def _put(values: Saved) -> None:
    for name, value in values.items():
        if name == _SESSION:
            if (boto3 := sys.modules.get("boto3")) is not None:
                boto3.DEFAULT_SESSION = value  # type: ignore[attr-defined]
        elif value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


environment = Environment()
"""The one of this process; EcrMock fakes it."""
