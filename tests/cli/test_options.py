"""ecrmock.cli.options: what each field of Settings says of itself is what can be said on the command line."""

import dataclasses
from typing import get_type_hints

import click
import pytest
from click.testing import CliRunner

from ecrmock.cli import main, options
from ecrmock.settings import Settings

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
OWN = {name: field for name, field in FIELDS.items() if options.own(field)}
BY_SET = [name for name, field in FIELDS.items() if field.metadata["cli"] is None]
PARAMETERS = {parameter.name: parameter for parameter in main.commands["serve"].params}
TEXTS = {int: ("7", 7), float: ("0.5", 0.5), str: ("x", "x"), bool: ("true", True), "delays": ("a:1", (("a", 1.0),))}


def text_and_value(name):
    hint = get_type_hints(Settings)[name]
    return TEXTS["delays"] if name == "delays" else TEXTS[options._required(hint)]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_says_in_a_sentence_what_it_means_and_where_its_default_is_known_from(name):
    about = FIELDS[name].metadata
    assert about["description"].endswith(".")
    assert about["source"]


@pytest.mark.parametrize("name", OWN)
def test_an_option_of_its_own_is_in_the_help_with_the_fields_words_and_default(name):
    parameter, field = PARAMETERS[name], FIELDS[name]
    assert parameter.opts == [options.own(field)]
    assert parameter.help == field.metadata["description"]
    assert parameter.envvar == [options.variable(parameter.opts[0]), *field.metadata["envvars"]]
    assert parameter.multiple or parameter.default == field.default


@pytest.mark.parametrize("name", BY_SET)
def test_every_other_field_can_be_set(name):
    text, value = text_and_value(name)
    assert options.setting(f"{name}={text}") == (name, value)
    with pytest.raises(click.BadParameter, match=r"NAME=VALUE with one of .*quota_images"):
        options.setting(name)


@pytest.mark.parametrize("name", sorted(set(FIELDS) - set(BY_SET)))
def test_what_has_another_spelling_is_not_set(name):
    with pytest.raises(click.BadParameter, match="NAME=VALUE with one of"):
        options.setting(f"{name}=x")


def test_options_of_settings_come_in_the_order_of_the_fields():
    assert [name for name in PARAMETERS if name in FIELDS] == list(OWN)


@pytest.mark.parametrize(
    ("field", "kind"),
    [("quota_templates", "int"), ("upload_hours", "float"), ("scratch_completes", "bool"), ("quota_images", "int")],
)
def test_a_text_of_another_type_is_told_with_the_type(field, kind):
    result = CliRunner().invoke(main, ["serve", "--set", f"{field}=some"])
    assert result.exit_code == 2
    assert f"not {kind}" in " ".join(result.output.split())
