"""ecrmock.bounds: every setting is looked at before anything starts, and a wrong one is told in one line."""

import dataclasses
import re
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from ecrmock import EcrMock, bounds, mock_ecr, serving
from ecrmock.bounds import SettingError
from ecrmock.cli import main, options
from ecrmock.settings import Settings
from ecrmock.testing import marker

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
HINTS = get_type_hints(Settings)
NAN, INFINITE = float("nan"), float("inf")
NO_NUMBERS = [-1, "3", True, None, NAN, INFINITE, -INFINITE, [], 10**30]
WRONG = {
    "account": [
        "1",
        "",
        "12345678901",
        "1234567890123",
        "12345678901x",
        "\uff11" * 12,
        123456789012,
        None,
    ],
    "region": ["a b", "", "US-EAST-1", "us_east_1", "us-east-1\n", "é", "-a", "a-", "a" * 64, "us.east", None, 1],
    "auth": ["sigv3", "", "OFF", None, ["off"], True],
    "iam": ["full", "", None, False],
    "credentials": [(("a b", "c"),), (("a", ""),), (("", "b"),), (("a",),), "ab", None, (("a", 1),), (("a,b", "c"),)],
    "registry_host": [
        "nonsense",
        "",
        "{",
        "{}",
        "{nonsense}",
        "{host.__class__}",
        "{port!z}",
        "{port:>99999999999}",
        "{host} x",
        "{host}\n",
        "{host}?",
        "http s://{host}",
        None,
    ],
    "upstreams": [(("quay", ""),), (("quay",),), "quay=x", None, (("quay", 5),)],
    "seed": ["", 5, b"x"],
    "delays": [
        (("restore-image", "soon"),),
        (("restore-image", -1),),
        (("restore-image", NAN),),
        (("restore-image", INFINITE),),
        (("restore-image", True),),
        (("restore-image", []),),
        (("restore-image",),),
        "restore-image",
        None,
    ],
    "advisories": [("",), (5,), "sample", None],
    "allow_origins": [("app.example",), ("https://a.example/path",), ("",), ("https://a b",), "https://a", None, (5,)],
    "allow_hosts": [("http://a.example",), ("a.example:1",), ("",), ("a/b",), "a.example", None, (5,)],
}
RIGHT = {
    "account": ["000000000000"],
    "region": ["a", "us-gov-east-1", "a" * 63],
    "auth": ["off", "token", "sigv4"],
    "iam": ["off", "resource"],
    "credentials": [(("a/b", "c d"), ("AKID", "x")), [["a", "b"]]],
    "registry_host": [
        *bounds.REGISTRY_STYLES,
        "{host}",
        "{account}.dkr.ecr.{region}.test:{port}",
        "r.test:{port}/{account}",
    ],
    "upstreams": [(("quay", "http://localhost:5001"),)],
    "seed": [None, "x"],
    "delays": [(("restore-image", "manual"), ("replicate-image", 0), ("sign-image", 0.5), ("scan-image", "instant"))],
    "advisories": [("sample", Path("a"))],
    "allow_origins": [("https://App.example:8/", "null", "*"), ["chrome-extension://abc"]],
    "allow_hosts": [("mock.example", "*.Lab.example", "[::1]"), ["a"]],
}


def wrong_of(name):
    """Values that a field must not take."""
    hint = HINTS[name]
    if name in WRONG:
        return WRONG[name]
    if hint is bool:
        return ["no", "true", 1, 0, None]
    values = NO_NUMBERS if hint != int | None else [each for each in NO_NUMBERS if each is not None]
    return values if hint is float else [*values, 1.5]


def right_of(name):
    """Values that a field must take: the least, the most, and what is between."""
    if name in RIGHT:
        return RIGHT[name]
    if HINTS[name] is bool:
        return [True, False]
    return [0, 1, 7, *([0.5, 36_500] if HINTS[name] is float else [10**9])]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in FIELDS for value in wrong_of(name)])
def test_a_value_that_makes_no_sense_is_refused_in_process_in_one_line(name, value):
    with pytest.raises(SettingError) as caught:
        Settings(**{name: value})
    text = str(caught.value)
    assert text.startswith(f"{name} takes {FIELDS[name].metadata['takes'].takes}, not ")
    assert "\n" not in text


@pytest.mark.parametrize("take", [mock_ecr, EcrMock, marker])
@pytest.mark.parametrize("name", FIELDS)
def test_a_mock_tells_it_before_it_is_entered(take, name):
    with pytest.raises(ValueError, match=re.escape(f"mock_ecr({name}=...) takes ")):
        take(**{name: wrong_of(name)[0]})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in FIELDS for value in right_of(name)])
def test_a_value_that_makes_sense_is_kept_as_it_is(name, value):
    assert getattr(Settings(**{name: value}), name) is value


def test_no_secret_is_told():
    with pytest.raises(SettingError) as caught:
        Settings(credentials=(("fine", "hidden"), ("a b", "hidden")))
    assert "'a b'" in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", FIELDS)
def test_a_default_is_within_its_own_bounds(name):
    bound = FIELDS[name].metadata["takes"]
    assert bound is not bounds.ANY
    assert bound.fits(FIELDS[name].default)


@pytest.mark.parametrize("name", [name for name, hint in HINTS.items() if get_origin(hint) is Literal])
def test_the_words_of_a_field_are_those_of_its_type(name):
    assert FIELDS[name].metadata["takes"].takes == bounds.words(*get_args(HINTS[name])).takes


@given_settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.text("{}:!.hostpr[]acun0", max_size=20))
def test_whatever_template_is_taken_makes_an_address(text):
    if bounds.STYLE.fits(text) and text not in bounds.REGISTRY_STYLES:
        made = text.format(account="123456789012", region="us-east-1", host="localhost", port="1")
        assert re.fullmatch(r"[A-Za-z0-9.:/_-]+", made)


# -- the command line, variables, the file


@pytest.fixture
def serve(monkeypatch):
    """Run `ecrmock serve` without serving; what it says, or None where it would serve."""
    monkeypatch.setattr(serving, "serve", lambda *_arguments: None)
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments, **variables):
        done = CliRunner().invoke(main, ["serve", *arguments], env=variables)
        assert done.exit_code in {0, 2}, done.output
        return " ".join(done.output.split()) if done.exit_code else None

    return run


TEXTS = {
    "account": ["1"],
    "region": ["a b"],
    "registry_host": ["nonsense", "{port:9}"],
    "auth": ["sigv3"],
    "iam": ["full"],
    "delays": ["restore-image:nan", "restore-image:inf", "restore-image:-1"],
    "seed": [""],
    "allow_origins": ["app.example"],
    "allow_hosts": ["http://a.example"],
}
PAIRS = {"credentials", "upstreams", "advisories"}


def texts():
    """(field, text) of what is said wrongly on a command line."""
    for name, hint in HINTS.items():
        if name in TEXTS:
            yield from ((name, text) for text in TEXTS[name])
        elif hint is float:
            yield from ((name, text) for text in ("-1", "nan", "inf", "1e9"))
        elif hint is not bool and name not in PAIRS:
            yield from ((name, text) for text in ("-1", "1" + "0" * 30))


@pytest.mark.parametrize(("name", "text"), list(texts()))
def test_the_command_line_variables_and_the_file_say_the_same_and_where_it_came_from(serve, tmp_path, name, text):
    own = options.own(FIELDS[name])
    arguments, said = ((own, text), text) if own else (("--set", f"{name}={text}"), f"{name}={text}")
    variable, path = options.variable(arguments[0]), tmp_path / "x.ini"
    path.write_text(f"[ecrmock]\n{arguments[0].removeprefix('--')} = {said}\n")
    line = serve(*arguments)
    assert re.search(f"Error: Invalid value for '?{arguments[0]}\\b", line)
    assert own or name in line
    assert serve(**{variable: said}) == f"{line} (from {variable})"
    assert serve("--config", str(path)).replace(" ", "") == f"{line} (from {path})".replace(" ", "")


def test_the_region_of_aws_is_told_by_its_own_name(serve):
    assert serve(AWS_REGION="a b").endswith("(from AWS_REGION)")
    assert serve(AWS_DEFAULT_REGION="a b").endswith("(from AWS_DEFAULT_REGION)")
    assert serve("--region", "eu-west-1", AWS_REGION="a b") is None


def test_what_click_refuses_is_told_with_its_source_too(serve, tmp_path):
    assert serve(ECRMOCK_PORT="x").endswith("(from ECRMOCK_PORT)")
    assert serve(ECRMOCK_LENIENT="perhaps").endswith("(from ECRMOCK_LENIENT)")
    (tmp_path / "x.ini").write_text("[ecrmock]\nport = x\n")
    assert serve("--config", str(tmp_path / "x.ini")).replace(" ", "").endswith("x.ini)")
    assert "(from" not in serve("--port", "x")


@pytest.mark.parametrize(
    ("option", "text"), [("--upstream", "quai=internet"), ("--set", "delays=x:manual"), ("--advisories", "/none")]
)
def test_what_only_a_world_can_refuse_is_told_with_its_source_too(serve, tmp_path, option, text):
    variable, path = options.variable(option), tmp_path / "x.ini"
    path.write_text(f"[ecrmock]\n{option.removeprefix('--')} = {text}\n")
    line = serve(option, text)
    assert re.search(f"Invalid value for '?{option}\\b", line)
    assert serve(**{variable: text}) == f"{line} (from {variable})"
    assert serve("--config", str(path)).replace(" ", "") == f"{line} (from {path})".replace(" ", "")


def test_access_keys_of_the_file_are_looked_at(serve, tmp_path):
    path = tmp_path / "x.ini"
    path.write_text("[credentials]\na b = hidden\n")
    line = serve("--config", str(path))
    assert "credentials takes access key ids" in line
    assert "hidden" not in line
