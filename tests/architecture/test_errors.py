"""ecrmock.errors against the shipped model: every error has a class, every class is known."""

import inspect
import pickle

import error_classes
import pytest

from ecrmock.errors import ecr, ecr_images
from ecrmock.errors.base import ServiceError
from ecrmock.errors.common import NotYetException, UnknownMemberException
from ecrmock.errors.ecr import RepositoryNotFoundException
from ecrmock.protocols.model import Model

COMMON = {
    "AccessDeniedException": 400,
    "IncompleteSignatureException": 400,
    "MissingAuthenticationTokenException": 400,
    "SerializationException": 400,
    "MalformedHttpRequestException": 400,
    "RequestEntityTooLargeException": 413,
    "UnknownOperationException": 400,
    "ConvenienceHeaderException": 400,
    "NotYetException": 501,
    "UnknownMemberException": 501,
    "ExpiredTokenException": 400,
    "UnrecognizedClientException": 400,
    "InvalidSignatureException": 400,
    "ValidationError": 400,
}
"""Errors of the front end (facts/api 1.5), and the three that are ours; class -> status."""


MODELLED = {name: shape for name, shape in Model("ecr").shapes.items() if shape.get("exception")}
CLASSES = error_classes.COMMON | error_classes.ECR


def arguments(kind):
    """The arguments of a class with their types, in order."""
    return {
        name: hint
        for parent in reversed(kind.__mro__)
        for name, hint in inspect.get_annotations(parent).items()
        if name in kind.fields
    }


def made(kind, *, only_required=False):
    """An instance with a value of the annotated type for every argument."""
    make = {str: "text of {}".format, int: len, list[str]: lambda name: [name, "two"], str | None: lambda _name: None}
    given = {name: make[hint](name) for name, hint in arguments(kind).items()}
    return kind(**{name: value for name, value in given.items() if not (only_required and hasattr(kind, name))})


def test_every_error_of_the_model_has_a_class():
    assert set(MODELLED) <= set(CLASSES)


def test_every_class_is_in_the_model_or_among_the_common_errors():
    assert set(error_classes.ECR) == set(MODELLED)
    assert set(error_classes.COMMON) == set(COMMON)


def test_classes_stand_in_the_order_of_the_model():
    for module in (ecr, ecr_images):
        found = list(error_classes.classes(module))
        assert found == [name for name in MODELLED if name in found]


@pytest.mark.parametrize("name", sorted(MODELLED))
def test_a_fault_is_500_and_everything_else_400(name):
    assert CLASSES[name].status == (500 if MODELLED[name].get("fault") else 400)


@pytest.mark.parametrize("name", sorted(COMMON))
def test_common_errors_have_their_status(name):
    assert CLASSES[name].status == COMMON[name]


@pytest.mark.parametrize("name", sorted(MODELLED))
def test_the_class_name_is_the_code_on_the_wire(name):
    assert made(CLASSES[name]).code == name


def test_what_is_not_done_yet_has_a_code_that_clients_know():
    for kind in (NotYetException, UnknownMemberException):
        assert made(kind).code == "UnknownOperationException"


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_sentence_can_be_filled(name):
    for only_required in (True, False):
        error = made(CLASSES[name], only_required=only_required)
        assert str(error) == f"{error.code}: {error.message}"
        if name not in {"UnknownOperationException", "SerializationException", "NotAuthorizedException"}:
            assert error.message


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_argument_that_a_sentence_names_is_in_it(name):
    error = made(CLASSES[name])
    for argument in arguments(type(error)):
        if f"{{{argument}}}" in error.text:
            assert str(getattr(error, argument)) in error.message


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_can_be_raised_and_caught_by_its_class(name):
    with pytest.raises(CLASSES[name]) as caught:
        raise made(CLASSES[name])
    assert isinstance(caught.value, ServiceError)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_survives_pickling(name):
    """Errors cross processes in pytest-xdist and in the record."""
    error = made(CLASSES[name])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (copy.message, copy.members(), vars(copy)) == (error.message, error.members(), vars(error))


@pytest.mark.parametrize("name", sorted(MODELLED))
def test_further_members_are_those_of_the_model(name):
    expected = set(MODELLED[name]["members"]) - {"message"}
    assert set(made(CLASSES[name]).members()) == expected


def test_arguments_are_taken_by_place_and_by_name():
    for error in (
        RepositoryNotFoundException("app", "1"),
        RepositoryNotFoundException("app", registry="1"),
        RepositoryNotFoundException(registry="1", repository="app"),
    ):
        assert (error.repository, error.registry) == ("app", "1")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((), {}),
        (("app",), {}),
        ((), {"repository": "app"}),
        (("app", "1", "more"), {}),
        (("app", "1"), {"more": 2}),
        (("app", "1"), {"registry": "2"}),
        (("app",), {"repository": "other", "registry": "1"}),
    ],
)
def test_arguments_that_do_not_fit_are_a_type_error(given, named):
    with pytest.raises(TypeError):
        RepositoryNotFoundException(*given, **named)
