"""ecrmock.cli.ca: the lines with which clients use AWS's own names here."""

import stat

import pytest
from click.testing import CliRunner

from ecrmock.cli import main


@pytest.fixture
def run(tmp_path):
    def invoke(*options):
        result = CliRunner().invoke(main, ["ca", *options], env={"XDG_STATE_HOME": str(tmp_path)})
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


def test_the_same_authority_each_time_and_a_key_for_its_owner(run, tmp_path):
    first = run("--pem")
    assert first.startswith("-----BEGIN CERTIFICATE")
    assert run("--pem") == first == (tmp_path / "ecrmock" / "ca.pem").read_text()
    assert stat.S_IMODE((tmp_path / "ecrmock" / "ca.key").stat().st_mode) == 0o600


def test_lines_for_every_client(run, tmp_path):
    text = run("--account", "111122223333", "--region", "cn-north-1", "--port", "443")
    host = "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"
    assert f"127.0.0.1 {host} api.ecr.cn-north-1.amazonaws.com.cn" in text
    assert f"/etc/containerd/certs.d/{host}/hosts.toml" in text
    assert f'prefix = "{host}"' in text
    assert 'location = "localhost:443"' in text
    assert f"AWS_CA_BUNDLE={tmp_path}/ecrmock/ca.pem" in text
