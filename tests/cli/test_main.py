"""ecrmock.cli.main: options, variables, the configuration file; each wrong one is told in a line."""

import subprocess
import sys

import pytest
import trustme
from click.testing import CliRunner

from ecrmock import __version__, serving
from ecrmock.cli import main


@pytest.fixture
def run(monkeypatch):
    """Run `ecrmock serve` without serving; (result, what would be served)."""
    asked = []
    monkeypatch.setattr(serving, "serve", lambda *arguments: asked.append(arguments))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*options, **variables):
        asked.clear()
        result = CliRunner().invoke(main, ["serve", *map(str, options)], env=variables)
        return result, (asked[0] if asked else None)

    return invoke


def test_defaults(run):
    _, (settings, place, url_file, level) = run()
    assert (place, url_file, level) == (serving.Binding("127.0.0.1", 8327), None, "info")
    assert (settings.account, settings.region, settings.auth, settings.iam) == (
        "123456789012",
        "us-east-1",
        "token",
        "resource",
    )


def test_options_variables_and_the_regions_of_aws(run):
    _, (settings, (_, port, *_), _, _) = run(
        "--port", 0, "--lenient", ECRMOCK_ACCOUNT="111122223333", AWS_REGION="eu-west-1"
    )
    assert (settings.account, settings.region, settings.lenient, port) == ("111122223333", "eu-west-1", True, 0)
    assert run("--region", "a", AWS_REGION="b")[1][0].region == "a"
    assert run(ECRMOCK_PORT="5")[1][1].port == 5
    assert run(AWS_DEFAULT_REGION="c")[1][0].region == "c"


def test_any_field_of_settings_can_be_set(run):
    settings = run("--set", "quota_images=3", "--set", "upload_hours=0.5", "--set", "seed=x")[1][0]
    assert (settings.quota_images, settings.upload_hours, settings.seed) == (3, 0.5, "x")


def test_how_long_work_takes_can_be_set(run):
    settings = run("--set", "delays=replicate-image:manual,restore-image:90,lifecycle-preview:instant")[1][0]
    assert settings.delays == (
        ("replicate-image", "manual"),
        ("restore-image", 90.0),
        ("lifecycle-preview", "instant"),
    )


@pytest.mark.parametrize("text", ["restore-image", "restore-image:soon", "restore-image:5,"])
def test_a_delay_that_cannot_be_read_is_told_with_its_form(run, text):
    result, asked = run("--set", f"delays={text}")
    assert (result.exit_code, asked) == (2, None)
    assert "not KIND:instant, KIND:manual or KIND:SECONDS" in " ".join(result.output.split())


@pytest.mark.parametrize("text", ["nonsense:manual", "restore-image:-1", "restore-image:inf"])
def test_a_delay_of_no_work_or_of_no_length_is_told_at_the_start(run, text):
    result, asked = run("--set", f"delays={text}")
    assert (result.exit_code, asked) == (2, None)
    assert text.partition(":")[0] in result.output


@pytest.mark.parametrize(
    "item",
    [
        "delays=restore-image",
        "delays=restore-image:soon",
        "quota_images",
        "quota_images=x",
        "nonsense=1",
        "account=1",
        "=1",
        "credentials=x",
    ],
)
def test_a_setting_that_makes_no_sense_is_told(run, item):
    result, asked = run("--set", item)
    assert (result.exit_code, asked) == (2, None)
    assert repr(item) in result.output


def test_a_bad_account_is_told(run):
    result, asked = run("--account", "1")
    assert (result.exit_code, asked) == (2, None)
    assert "twelve digits" in result.output


def test_upstreams_by_option_variable_and_file(run, tmp_path):
    quay, hub = "quay=http://localhost:5001", f"docker-hub={tmp_path}"
    wanted = (("quay", "http://localhost:5001"), ("docker-hub", str(tmp_path)))
    assert run("--upstream", quay, "--upstream", hub)[1][0].upstreams == wanted
    assert run(ECRMOCK_UPSTREAM=f"{quay} {hub}")[1][0].upstreams == wanted
    path = tmp_path / "ecrmock.ini"
    path.write_text(f"[ecrmock]\nset = quota_images=5\nupstream =\n  {quay}\n  {hub}\n")
    settings = run("--config", path)[1][0]
    assert (settings.upstreams, settings.quota_images) == (wanted, 5)


@pytest.mark.parametrize("item", ["quay", "quay=", "=internet", "quai=internet", "quay=nonsense", "quay=http://x:y"])
def test_an_upstream_that_cannot_be_is_told_at_the_start(run, item):
    result, asked = run("--upstream", item)
    assert (result.exit_code, asked) == (2, None)
    assert item.partition("=")[0] in result.output


def test_a_configuration_file(run, tmp_path):
    path = tmp_path / "ecrmock.ini"
    path.write_text(
        "[ecrmock]\nport = 1\nregion = eu-west-1\nlog_level = error\n[credentials]\nAKIDmixedCase = se%cret\n"
    )
    _, (settings, (_, port, *_), _, level) = run("--config", path, "--port", 2, "--auth", "sigv4")
    assert (port, settings.region, level) == (2, "eu-west-1", "error")
    assert settings.credentials == (("AKIDmixedCase", "se%cret"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [("nonsense", "no section headers"), ("[other]\n", "no section [other]"), ("[ecrmock]\nx=1\n", "no option 'x'")],
)
def test_a_configuration_file_that_makes_no_sense_is_told(run, tmp_path, text, told):
    path = tmp_path / "ecrmock.ini"
    path.write_text(text)
    result, asked = run("--config", path)
    assert (result.exit_code, asked) == (2, None)
    assert told in result.output


def test_a_certificate_is_two_files_or_the_local_authoritys(run, tmp_path, pair):
    chain, key = pair("one")
    assert run("--tls", f"{chain},{key}")[1][1] == serving.Binding("127.0.0.1", 8327, (chain, key))
    _, place, *_ = run("--tls", "auto", XDG_STATE_HOME=str(tmp_path / "state"))[1]
    assert place.tls == (place.passing / "server.pem", place.passing / "server.key")
    assert not place.passing.exists()  # nobody served: it went with the command


def test_a_certificate_with_which_nobody_can_serve_is_told(run, tmp_path, pair):
    (chain, _), (_, key) = pair("one"), pair("two")
    (tmp_path / "text").write_text("x")
    for wrong, told in {
        "nonsense": "two files CERT,KEY",
        f"{chain},": "two files CERT,KEY",
        f"{chain},{tmp_path}/none": "two files CERT,KEY",
        f"{tmp_path},{key}": "two files CERT,KEY",
        f"{chain},{key}": "do not belong together",
        f"{tmp_path}/text,{key}": "no certificate and key in PEM form",
        f"{chain},{tmp_path}/text": "no certificate and key in PEM form",
    }.items():
        result, asked = run("--tls", wrong)
        assert (result.exit_code, asked) == (2, None)
        assert told in result.output


@pytest.fixture
def pair(tmp_path):
    """A function: paths of a new certificate and its key."""

    def make(name):
        made, folder = trustme.CA().issue_cert("localhost"), tmp_path / name
        folder.mkdir()
        made.cert_chain_pems[0].write_to_path(folder / "chain")
        made.private_key_pem.write_to_path(folder / "key")
        return folder / "chain", folder / "key"

    return make


@pytest.mark.parametrize("style", ["localhost", "loopback", "subdomain", "aws", "{account}.{region}.test:{port}"])
def test_a_style_of_addresses(run, style):
    assert run("--registry-host", style)[1][0].registry_host == style


@pytest.mark.parametrize("style", ["nonsense", "{nonsense}", "{", ""])
def test_a_style_that_is_none_is_told(run, style):
    assert run("--registry-host", style)[0].exit_code == 2


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "ecrmock", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"ecrmock, version {__version__}"


def test_advisories_by_option_variable_and_file(run, tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text("[]")
    first, second = (str(tmp_path / f"{name}.json") for name in ("a", "b"))
    assert run()[1][0].advisories == ()
    assert run("--advisories", "sample")[1][0].advisories == ("sample",)
    assert run("--advisories", first, "--advisories", second)[1][0].advisories == (first, second)
    assert run(ECRMOCK_ADVISORIES=f"{first} {second}")[1][0].advisories == (first, second)
    config = tmp_path / "ecrmock.ini"
    config.write_text(f"[ecrmock]\nadvisories = {first}\n    {second}\n")
    assert run("--config", config)[1][0].advisories == (first, second)
    (tmp_path / "b.json").write_text("{")
    for path in (second, str(tmp_path / "none.json"), str(tmp_path)):
        result, asked = run("--advisories", path)
        assert (result.exit_code, asked) == (2, None)
        assert path in result.output.replace("\n", "")
    monkeypatch.setitem(sys.modules, "univers", None)
    result, asked = run("--advisories", first)
    assert (result.exit_code, asked) == (2, None)
    assert "pip install 'ecrmock[scan]'" in result.output
