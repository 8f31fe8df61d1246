"""ecrmock.domain.scanning.sources: who knows an image's findings, in which order."""

import pytest
from constants import ACCOUNT, AWAY, NOWHERE

from ecrmock.domain.scanning import finding_forms
from ecrmock.domain.scanning.outcomes import Outcome
from ecrmock.domain.scanning.overrides import Override, Selector
from ecrmock.domain.scanning.records import Scan
from ecrmock.domain.scanning.rules import BASIC, ENHANCED
from ecrmock.domain.scanning.sources import Imported, Sources, labelled

ONE, TWO = (finding_forms.line(f"CVE-2026-{number} HIGH") for number in (1, 2))


@pytest.fixture
def sources(world):
    return Sources(world)


@pytest.fixture
def image(bench):
    return bench.push(b"x", b"y", tag="v1")


def put(sources, **more):
    selector = Selector(**{name: more.pop(name) for name in Selector._fields if name in more})
    sources._world.transact(lambda: sources.put(Override(selector, **more)))


def imported(sources, images=(), layers=(), basic=(), enhanced=(), **selected):
    report = Imported(Selector(**selected), images, layers, basic, enhanced, at=7.0)
    sources._world.transact(lambda: sources.add(report))


def answer(sources, bench, image, engine=BASIC, own=Outcome(), config=""):  # noqa: B008, PLR0913, PLR0917 (values)
    scan = Scan(image.digest, engine, 1, 1.0, own=own, config=config)
    return sources.answer(bench.repository, image, scan)


def found(sources, bench, image, **more):
    """(who says so, names of the findings)"""
    outcome = answer(sources, bench, image, **more)
    return outcome.source, [each.name for each in outcome.findings]


# -- in which order


def test_what_is_set_answers_before_labels_before_reports_before_the_scan(sources, bench, image):
    scanned, label = Outcome(findings=(ONE, TWO)), Outcome(findings=(TWO,), source="label")
    assert found(sources, bench, image, own=scanned) == ("scan", [ONE.name, TWO.name])
    imported(sources, images=(image.digest,), basic=(ONE,))
    assert found(sources, bench, image, own=scanned) == ("report", [ONE.name])
    assert found(sources, bench, image, own=label) == ("label", [TWO.name])
    put(sources, basic=())
    assert found(sources, bench, image, own=label) == ("set", [])


def test_of_several_the_last_one_that_takes_the_image_answers(sources, bench, image):
    put(sources, tag="v*", basic=(ONE,))
    put(sources, basic=(TWO,))
    put(sources, tag="other", basic=())
    assert found(sources, bench, image) == ("set", [TWO.name])
    imported(sources, images=(image.digest,), basic=(ONE,))
    imported(sources, images=(image.digest,), basic=(TWO,))
    imported(sources, images=(NOWHERE,))
    sources._world.transact(lambda: sources.clear(Selector()))
    assert found(sources, bench, image) == ("report", [TWO.name])


@pytest.mark.parametrize(("engine", "name"), [(BASIC, ONE.name), (ENHANCED, TWO.name)])
def test_each_engine_shows_its_own_findings(sources, bench, image, engine, name):
    imported(sources, images=(image.digest,), basic=(ONE,), enhanced=(TWO,))
    assert found(sources, bench, image, engine=engine) == ("report", [name])
    put(sources, basic=(ONE,), enhanced=(TWO,))
    assert found(sources, bench, image, engine=engine) == ("set", [name])


def test_how_old_findings_are_is_told(sources, bench, image):
    imported(sources, images=(image.digest,))
    assert answer(sources, bench, image).updated_at == 7.0
    put(sources, at=9.0)
    assert answer(sources, bench, image).updated_at == 9.0


# -- which images are meant


@pytest.mark.parametrize(
    ("selected", "meant"),
    [
        ({}, True),
        ({"repository": "team/app"}, True),
        ({"repository": "team/*"}, True),
        ({"repository": "team"}, False),
        ({"tag": "v*"}, True),
        ({"tag": "latest"}, False),
        ({"digest": NOWHERE}, False),
        ({"account": ACCOUNT, "region": "us-east-1"}, True),
        ({"account": AWAY}, False),
        ({"region": "us-west-2"}, False),
        ({"repository": "team/*", "tag": "latest"}, False),
    ],
)
def test_a_selector_takes_what_has_all_that_it_asks_for(bench, image, selected, meant):
    assert Selector(**selected).takes(bench.repository, image) is meant


def test_a_selector_takes_an_image_by_any_of_its_digests(bench, sha):
    manifest = bench.manifest(b"x")
    name = sha(manifest.data, "sha512")
    image = bench.put(manifest, None, name).image
    assert all(Selector(digest=each).takes(bench.repository, image) for each in (name, image.digest))


def test_a_report_without_a_selector_is_about_the_image_that_it_names(sources, bench, image, sha):
    config, layers = sha(b"{}"), (sha(b"x"), sha(b"y"))
    for more, meant in [
        ({"images": (image.digest,)}, True),
        ({"images": (NOWHERE, config)}, True),
        ({"images": (NOWHERE,)}, False),
        ({"layers": layers[::-1]}, True),
        ({"layers": layers[:1]}, False),
        ({"layers": (*layers, config)}, False),
        ({"images": (NOWHERE,), "tag": "v1"}, True),
        ({"images": (image.digest,), "tag": "other"}, False),
        ({}, False),
    ]:
        imported(sources, **more)
        assert (answer(sources, bench, image, config=config).source == "report") is meant, more
        sources._world.transact(lambda: sources.clear_reports(Selector()))


# -- forgotten


def test_what_has_all_that_is_asked_for_is_forgotten(sources):
    for selected in ({"repository": "a"}, {"repository": "a", "tag": "v1"}, {"tag": "v1"}, {}):
        put(sources, **selected)
        imported(sources, **selected)
    for clear, kept in ((sources.clear, sources.entries), (sources.clear_reports, sources.reports)):
        wishes = Selector("a"), Selector(tag="v1"), Selector(tag="v2"), Selector()
        counts = [sources._world.transact(lambda clear=clear, wanted=wanted: clear(wanted)) for wanted in wishes]
        assert (counts, kept()) == ([2, 1, 0, 1], [])


# -- labels


@pytest.mark.parametrize("labels", [None, "x", [], {}, {"ecrmock.scan.description": "x"}, {"other": "HIGH=1"}])
def test_an_image_whose_labels_ask_for_nothing(labels):
    assert labelled(labels, NOWHERE) is None


def test_labels_count_findings_by_severity():
    outcome = labelled({"ecrmock.scan.findings": " HIGH=2, LOW = 1 ,"}, NOWHERE)
    assert (outcome.status, outcome.source) == ("COMPLETE", "label")
    assert sorted(finding.severity for finding in outcome.findings) == ["HIGH", "HIGH", "LOW"]
    assert labelled({"ecrmock.scan.findings": ""}, NOWHERE).findings == ()


def test_labels_may_ask_for_a_status_and_its_words():
    asked = {"ecrmock.scan.status": "FAILED", "ecrmock.scan.findings": "HIGH=2"}
    outcome = labelled(asked, NOWHERE)
    assert (outcome.status, outcome.findings) == ("FAILED", ())
    assert outcome.description.startswith("UnsupportedImageError")
    assert labelled({**asked, "ecrmock.scan.description": "why"}, NOWHERE).description == "why"


@pytest.mark.parametrize("text", ["HIGH", "HIGH=", "HIGH=-1", "HIGH=x", "TALL=1", "HIGH=123456", "=1"])
def test_labels_that_make_no_sense_fail_the_scan_and_say_why(text):
    outcome = labelled({"ecrmock.scan.findings": text}, NOWHERE)
    assert (outcome.status, outcome.source) == ("FAILED", "label")
    assert outcome.description.startswith("An ecrmock.scan label of the image makes no sense: ")
