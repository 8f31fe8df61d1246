"""docs/settings.md: it is the generated one, its example is true, and every setting acts."""

import dataclasses
import re
from pathlib import Path

import pytest
import settings_page
from click.testing import CliRunner

import ecrmock
from ecrmock import serving
from ecrmock.cli import main
from ecrmock.settings import Settings

SOURCES = "\n".join(
    path.read_text()
    for path in Path(ecrmock.__file__).parent.rglob("*.py")
    if path.name != "settings.py" and "testing" not in path.parts
)


def test_the_page_is_the_generated_one():
    assert settings_page.PAGE.read_text() == settings_page.page(), "python tests/settings_page.py --write"


def test_its_file_is_read_as_it_says(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(serving, "serve", lambda *arguments: asked.append(arguments))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    (block,) = re.findall(r"```ini\n(.*?)```", settings_page.PAGE.read_text(), re.DOTALL)
    (tmp_path / "ecrmock.ini").write_text(block)
    done = CliRunner().invoke(main, ["serve", "--config", "ecrmock.ini"], env={"AWS_REGION": "", "ECRMOCK_REGION": ""})
    assert done.output == ""
    assert asked[0][0] == Settings(
        region="eu-west-1",
        lenient=True,
        upstreams=(("quay", "http://localhost:5001"), ("docker-hub", "./images")),
        quota_images=3,
        delays=(("restore-image", 600.0),),
        credentials=(("AKIDEXAMPLE", "secret"),),
    )


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Settings)])
def test_every_setting_is_read_somewhere(name):
    assert re.search(rf"settings\.{name}\b", SOURCES)
