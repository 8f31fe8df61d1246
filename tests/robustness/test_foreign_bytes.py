"""Whatever a body, a database or an advisory holds: an answer or a sentence, and soon."""

import io
import json
import random
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_layers import DEBIAN, apk, dpkg, layer
from paths import FIXTURES

from ecrmock.admin.bodies import BadRequestError, document
from ecrmock.base.web import Body, Request
from ecrmock.domain.scanning import reports
from ecrmock.domain.vulnerabilities import osv
from ecrmock.domain.vulnerabilities.inventory import UnsupportedImageError, read

SEEDS = {
    "var/lib/dpkg/status": dpkg(("a", "1"), ("b", "1:2-3", {"Source": "c (2-3)"})).encode(),
    "lib/apk/db/installed": apk(("d", "1-r0", "e"), ("f", "2", "f")).encode(),
}
ADVISORY = (FIXTURES / "findings" / "deb.json").read_bytes()
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8)
BOMB = b"a0: &a0 [1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (level, level, b",".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, 9)
)


def changed(data, changes):
    data = bytearray(data)
    for place, new in changes:
        data[place % len(data) : place % len(data) + len(new)] = new
    return bytes(data)


def sentence(work, error):
    """In which words it is refused; None where it is not. Any other error is a fault."""
    try:
        work()
    except error as refusal:
        return str(refusal)
    return None


def body(data, kind="application/json"):
    """What an admin path reads; its sentence for what it does not read."""
    headers = {"content-type": kind}
    request = Request("POST", "/", header=headers.get, body=Body(io.BytesIO(data), len(data)))
    try:
        return document(request, 64 << 20)
    except BadRequestError as error:
        return f"refused: {error}"


@pytest.mark.parametrize("path", SEEDS)
def test_package_databases(path):
    @settings(max_examples=100, deadline=None)
    @given(CHANGES)
    def check(changes):
        image = [layer({path: changed(SEEDS[path], changes), "etc/os-release": DEBIAN})]
        assert sentence(lambda: read(image), UnsupportedImageError) != ""

    check()


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_advisories(changes):
    found = sentence(lambda: list(osv.parse("all.json", changed(ADVISORY, changes))), ValueError)
    assert found is None or found.startswith("all.json")


def test_archives_of_advisories(tmp_path):
    path, noise = tmp_path / "all.zip", random.Random(8327)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", ADVISORY[:5000])
    good = path.read_bytes()
    for _ in range(200):
        places = [(noise.randrange(len(good)), noise.randbytes(noise.randint(1, 8))) for _ in range(3)]
        path.write_bytes(changed(good, places))
        found = sentence(lambda: list(osv.files(path)), ValueError)
        assert found is None or str(path) in found


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB + b'z: "\\ud800"\n', "aliases are not read"),
        (b"- &a x\n" + b"- *a\n" * 50_000, "aliases are not read"),
        (b"- a\n" * 60_000, "more than 20000 values"),
        (b"[" * 200_000, "nested too deep"),
        (b"1:" * 100_000 + b"1", "put it in quotes"),
        (b'!!int "' + b"1:" * 100_000 + b'1"', "put it in quotes"),
        (b"#" * 300_000, "too large"),
    ],
    ids=["laughs", "aliases", "many", "deep", "number", "tagged number", "large"],
)
def test_yaml_that_is_more_than_it_shows(data, reason):
    start = time.process_time()
    assert reason in body(data, "application/yaml")
    assert time.process_time() - start < 5


def test_json_that_is_more_than_it_shows():
    assert "more than 4000000 values" in body(b"[" + b"[]," * 2_500_000 + b"1]")
    assert "is not JSON" in body(b"[" * 200_000)


@pytest.mark.parametrize("kind", ["text/plain;x=yaml", "text/plain; charset=yaml", "application/notyaml", "yaml"])
def test_only_a_yaml_type_is_yaml(kind):
    assert "is not JSON" in body(b"a: 1", kind)


@pytest.mark.parametrize("kind", ["application/yaml", "Text/YAML; charset=utf-8", "application/x-yaml", "a/b+yaml"])
def test_every_yaml_type_is_yaml(kind):
    assert body(b"a: 1", kind) == {"a": 1}


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_yaml_bodies(changes):
    text = b"- repository: team/*\n  counts: {CRITICAL: 1}\n- tag: v2\n  findings: |\n    CVE-1 HIGH openssl\n"
    body(changed(text, changes), "application/yaml")


# -- lists in a report that multiply


def scanned(vulnerabilities, **more):
    package = {"package": {"name": "a", "version": "1", "ecosystem": "npm"}, "vulnerabilities": vulnerabilities}
    return {"results": [{"packages": [{**package, **more}]}]}


def test_groups_of_osv_scanner_are_looked_through_once():
    ids = [{"id": f"X-{number}"} for number in range(20_000)]
    groups = [{"ids": [each["id"]], "max_severity": "9.8"} for each in ids]
    start = time.process_time()
    (report,) = reports.read(scanned(ids, groups=groups))
    assert {finding.severity for finding in report.findings} == {"CRITICAL"}
    assert time.process_time() - start < 10


def test_a_record_of_very_many_names_is_kept_within_bounds():
    aliases = [f"CVE-2024-{number}" for number in range(10_000, 13_000)]
    (report,) = reports.read(scanned([{"id": "X", "aliases": aliases}]))
    assert len(report.findings) == 3000
    assert max(len(finding.related) for finding in report.findings) <= 100
    with pytest.raises(ValueError, match="more than 200000 findings"):
        reports.read(scanned([{"id": "X", "aliases": [f"CVE-2024-{number}" for number in range(10_000, 211_000)]}]))


def test_a_finding_of_inspector_about_very_many_resources_is_refused():
    finding = {"findingArn": "x", "resources": [{"type": "AWS_ECR_CONTAINER_IMAGE"}] * 11}
    with pytest.raises(ValueError, match="more than 10 resources"):
        reports.read({"findings": [json.loads(json.dumps(finding))]})
