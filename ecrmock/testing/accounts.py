"""Whose is a call in process? The account that a test means, never the one of a developer's real key."""

import os
import sys

from ecrmock.domain import names

_MOTO_KEYS = "moto.iam.models"
_ISSUED = ("AKIA", "ASIA")


def moto_account() -> str | None:
    """The account that moto, if it is loaded, was told by MOTO_ACCOUNT_ID; else None."""
    told = os.environ.get("MOTO_ACCOUNT_ID", "")
    return told if "moto" in sys.modules and names.is_account(told) else None


def told_by(key: str) -> str | None:
    """The account of an access key: twelve digits, or those of whoever moto issued it for; None for any other."""
    if names.is_account(key):
        return key
    moto = sys.modules.get(_MOTO_KEYS)
    if moto is None or not key.startswith(_ISSUED):
        return None
    found = moto.get_account_id_from(key)
    return None if found == moto.DEFAULT_ACCOUNT_ID else str(found)


def told_by_none(_key: str) -> None:
    """What is asked where a test chose an account: no key tells another."""
