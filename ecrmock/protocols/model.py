"""What does AWS's model ask of a request? Each input shape becomes one function, made when first used.

The models lie in `models`, taken from botocore by tests/renew_models.py, so that answers are the same beside any SDK.
"""

import base64
import binascii
import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecrmock.domain import names
from ecrmock.errors.common import SerializationException, UnknownMemberException
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.protocols import json_types

Shape = dict[str, Any]
Check = Callable[[Any, str], Any]
"""Takes a value and its path, returns the value to use (blobs decoded, members that are null gone)."""

# the order in which the service prints an enum, where it is known (facts/api 1.7)
_ENUM_ORDER = {
    "ImageTagMutability": ["IMMUTABLE", "MUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"],
}
# family B of facts/api 1.7: sentences written by hand inside the service; shape -> fault of a text
_BY_HAND: dict[str, Callable[[str], str | None]] = {
    "RepositoryName": names.repository_fault,
    "RegistryId": names.account_fault,
}
# (operation's input shape, member) -> fault of a text; PutImage's tag (facts/api E25)
_BY_MEMBER: dict[tuple[str, str], Callable[[str], str | None]] = {
    ("PutImageRequest", "imageTag"): names.tag_fault,
}
# what a missing member is told, where it is not the model's sentence
_MISSING = {
    "repositoryName": ("repositoryName", "must not be null"),
    "policyText": ("PolicyText", "Cannot be null"),
}
_NULL = "Member must not be null"
_TOLERATED = "__type"
"""AWS's JSON protocol lets a client name a structure's type, and a server read over it."""
_MODELS = Path(__file__).parent / "models"
# patterns that take exponential time as they are written -> the same in linear time
_LINEAR = {r"^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$": r"[a-z0-9*]+(?:[._\-/][a-z0-9*]+)*"}


def shipped(name: str) -> dict[str, Any]:
    """A file of `models`: a service's model, or `partitions` (region names and DNS suffixes by partition)."""
    found: dict[str, Any] = json.loads((_MODELS / f"{name}.json").read_bytes())
    return found


@functools.cache
def model(service: str) -> "Model":
    """The newest model of a service, read once a process."""
    return Model(service)


class Model:
    """One service as its newest model describes it."""

    def __init__(self, service: str) -> None:
        """Read the model."""
        document = shipped(service)
        self.botocore: str = document["botocore"]
        """The version of botocore that the model is from."""
        self.metadata: dict[str, Any] = document["metadata"]
        self.operations: dict[str, Shape] = document["operations"]
        self.shapes: dict[str, Shape] = document["shapes"]
        self._checks: dict[str, Check] = {}
        self._operations: dict[str, Check] = {}

    def check(self, operation: str, request: Any) -> dict[str, Any]:
        """The checked request of an operation.

        Raises SerializationException for a value of the wrong JSON type (before all else), then
        InvalidParameterException for the first violation in model order, a bad repository name first, or
        UnknownMemberException for a member that the model lacks.
        """
        found = self._operations.get(operation)
        if found is None:
            shape = self.operations[operation]["input"]["shape"]
            found = self._operations[operation] = self._compiled(shape)
        try:
            checked: dict[str, Any] = found(request, "")
        except (InvalidParameterException, UnknownMemberException):
            self._types(request, self.operations[operation]["input"]["shape"])
            raise
        return checked

    def value(self, shape: str, value: Any, path: str) -> Any:
        """A value checked against a shape.

        Raises SerializationException, InvalidParameterException, UnknownMemberException.
        """
        return self._compiled(shape)(value, path)

    def errors(self, operation: str) -> set[str]:
        """The errors that the model lists for an operation."""
        return {row["shape"] for row in self.operations[operation].get("errors", [])}

    def _compiled(self, name: str) -> Check:
        check = self._checks.get(name)
        if check is None:
            shape = self.shapes[name]
            make = getattr(self, f"_{shape['type']}", None) or self._scalar
            check = self._checks[name] = make(name, shape)
        return check

    def _structure(self, name: str, shape: Shape) -> Check:
        required = set(shape.get("required", ()))
        members = [(member, self._member(name, member, row["shape"])) for member, row in shape["members"].items()]
        members.sort(key=lambda row: row[0] != "repositoryName")  # facts/api U7: the repository name first
        tag = name == "Tag"

        def check(value: Any, path: str) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise json_types.unfit(value, "structure")
            checked = {}
            for member, inner in members:
                item = value.get(member)
                if item is not None:
                    checked[member] = inner(item, _below(path, member) if path else member)
                elif member in required or (tag and member == "Key"):
                    at = _below(path, member)
                    raise InvalidParameterException(*_MISSING.get(at, (at, _NULL)))
            if len(checked) != len(value):
                self._unknown(value, checked, path)
            return checked

        return check

    def _unknown(self, value: dict[str, Any], known: dict[str, Any], path: str) -> None:
        """Refuse what the model lacks: dropped, it would be lost without a word."""
        for member, item in value.items():
            if member not in known and item is not None and member != _TOLERATED:
                raise UnknownMemberException(_below(path, member), self.botocore)

    def _member(self, structure: str, member: str, shape: str) -> Check:
        inner = self._compiled(shape)
        if (member, shape) == ("imageId", "ImageIdentifier"):
            return _tag_judged(inner)
        fault = _BY_MEMBER.get((structure, member))
        return inner if fault is None else _judged(inner, fault)

    def _list(self, _name: str, shape: Shape) -> Check:
        inner, shortest, longest = self._compiled(shape["member"]["shape"]), shape.get("min"), shape.get("max")
        registries = shape["member"]["shape"] == "RegistryId"

        def check(value: Any, path: str) -> list[Any]:
            if not isinstance(value, list):
                raise json_types.unfit(value, "list")
            _length(len(value), shortest, longest, path)
            if registries:
                return [_registry(item, path) for item in value]
            checked = []
            for place, item in enumerate(value, 1):
                at = f"{path}.{place}.member"
                if item is None:
                    raise InvalidParameterException(at, _NULL)
                checked.append(inner(item, at))
            return checked

        return check

    def _map(self, _name: str, shape: Shape) -> Check:
        inner = self._compiled(shape["value"]["shape"])

        def check(value: Any, path: str) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise json_types.unfit(value, "map")
            return {key: inner(item, f"{path}.{key}") for key, item in value.items() if item is not None}

        return check

    def _string(self, name: str, shape: Shape) -> Check:
        by_hand = _BY_HAND.get(name)
        if by_hand is not None:
            return _judged(json_types.text, by_hand)
        shortest, longest, source = shape.get("min"), shape.get("max"), shape.get("pattern")
        pattern = _pattern(source)
        choices = _ENUM_ORDER.get(name, shape.get("enum"))

        def check(value: Any, path: str) -> str:
            text = json_types.text(value)
            _length(len(text), shortest, longest, path)
            if choices is not None and text not in choices:
                raise InvalidParameterException(path, f"Member must satisfy enum value set: [{', '.join(choices)}]")
            if pattern is not None and not pattern.fullmatch(text):
                raise InvalidParameterException(path, f"Member must satisfy regular expression pattern: {source}")
            return text

        return check

    def _integer(self, _name: str, shape: Shape) -> Check:
        least, most = shape.get("min"), shape.get("max")

        def check(value: Any, path: str) -> int:
            number = json_types.whole(value)
            if least is not None and number < least:
                raise InvalidParameterException(path, f"Member must have value greater than or equal to {least}")
            if most is not None and number > most:
                raise InvalidParameterException(path, f"Member must have value less than or equal to {most}")
            return number

        return check

    _long = _integer

    def _double(self, _name: str, _shape: Shape) -> Check:
        def check(value: Any, _path: str) -> float:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise json_types.unfit(value, "double")
            return value

        return check

    _float = _timestamp = _double

    def _boolean(self, _name: str, _shape: Shape) -> Check:
        return lambda value, _path: json_types.truth(value)

    def _blob(self, _name: str, shape: Shape) -> Check:
        shortest, longest = shape.get("min"), shape.get("max")

        def check(value: Any, path: str) -> bytes:
            try:
                data = base64.b64decode(json_types.text(value), validate=True)
            except (binascii.Error, ValueError):
                raise SerializationException("Invalid base64 data") from None
            _length(len(data), shortest, longest, path)
            return data

        return check

    def _scalar(self, _name: str, _shape: Shape) -> Check:
        def check(value: Any, _path: str) -> Any:
            if isinstance(value, dict | list):
                raise json_types.unfit(value, "")
            return value

        return check

    def _types(self, value: Any, name: str) -> None:
        """Look for a wrong JSON type anywhere: deserialising comes before checking. Raises SerializationException."""
        shape = self.shapes[name]
        kind = shape["type"]
        if value is None:
            return
        if kind == "structure" and isinstance(value, dict):
            for member, row in shape["members"].items():
                self._types(value.get(member), row["shape"])
        elif kind == "list" and isinstance(value, list):
            for item in value:
                self._types(item, shape["member"]["shape"])
        elif kind in {"integer", "long"}:
            json_types.whole(value)
        elif kind == "boolean":
            json_types.truth(value)
        elif not isinstance(value, _JSON_TYPES.get(kind, object)):
            raise json_types.unfit(value, kind)


_JSON_TYPES: dict[str, Any] = {"structure": dict, "map": dict, "string": str, "blob": str, "list": list}


def _below(path: str, member: str) -> str:
    """The path of a structure's member, as sentences print it."""
    return f"{path}.{member[:1].lower()}{member[1:]}" if path else member


def _pattern(source: str | None) -> re.Pattern[str] | None:
    """A model's pattern; one that only Java understands (with a class of letters, say) is left unchecked."""
    try:
        return re.compile(_LINEAR.get(source, source)) if source else None
    except re.error:
        return None


def _judged(inner: Check, fault: Callable[[str], str | None]) -> Check:
    """A check that goes on to a sentence of family B."""

    def check(value: Any, path: str) -> Any:
        checked = inner(value, path)
        wrong = fault(checked)
        if wrong is not None:
            raise InvalidParameterException(path, wrong)
        return checked

    return check


def _tag_judged(inner: Check) -> Check:
    """A check of the one image that an operation is about: its tag must be able to be one (facts/api 1.7, observed).

    A batch tells of such a tag under `failures` instead.
    """

    def check(value: Any, path: str) -> Any:
        checked = inner(value, path)
        wrong = names.tag_fault(checked["imageTag"]) if "imageTag" in checked else None
        if wrong is not None:
            raise InvalidParameterException("imageTag", wrong)
        return checked

    return check


def _length(length: int, shortest: int | None, longest: int | None, path: str) -> None:
    if shortest is not None and length < shortest:
        raise InvalidParameterException(path, f"Member must have length greater than or equal to {shortest}")
    if longest is not None and length > longest:
        raise InvalidParameterException.too_long(path, longest)


def _registry(item: Any, path: str) -> str:
    """A rule on list members is told of the list (facts/api E31, observed)."""
    if names.account_fault(json_types.text(item)):
        inner = "Member must satisfy regular expression pattern: [0-9]{12}"
        raise InvalidParameterException(path, f"Member must satisfy constraint: [{inner}]")
    return str(item)
