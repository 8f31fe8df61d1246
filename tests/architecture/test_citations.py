"""Sources resolve: what a comment, a test or the ledger cites stands in docs/facts or docs/decisions.md.

docs/facts/README.md says how a citation is written.
"""

import functools
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FACTS = sorted((ROOT / "docs" / "facts").glob("*.md"))
CHAPTERS = [path for path in FACTS if path.stem != "README"]
READ = {".py", ".md", ".yaml", ".json", ".toml", ".ini"}
DATA = ("fixtures/model/", "fixtures/scans/", "fixtures/findings/", "ecrmock/data/", "tests/clients/js/")
MARKS = r"documented|observed|reported|inferred|measured|tested|source|ours"

REF = r"(?:[A-Z]\d+|\d+)(?:\.\d+)*"
LIST = rf"{REF}(?:(?:, | and | to ){REF})*"
CITATION = re.compile(
    rf"(?<![\w/.])(?P<page>facts/[\w-]++|decisions)(?!\.md|/)(?:\s+(?:\#\s+)?(?P<refs>{LIST})(?!\w))?"
)
PUBLIC = re.compile(r"[\w.-]+/[\w.-]+(?:#\d| )|\bAPI|\b(?:User Guide|UG|model|moto|LocalStack|README|record|event)\b")
"""What a source names that is no fact of ours: a repository, AWS's documents and model, a mock, a public record."""
# names that documents had before they were here, and places outside
OLD = re.compile(
    r"\b(?:control-plane|data-plane|access-control|policies-and-automation|neighbours-and-endpoints|ecr-public|rooms"
    r"|hardening|moving|models|performance|peers|ecosystem)\.md\b"
    r"|\b(?:control|data)-plane \d|\b[Pp]art [AB],? \d|\b(?:CP|PA) \d|\bdesign(?:\.md)? \d|\bshared (?:design|spec)\b"
    r"|(?<= )\((?:inferred, |observed, )?\d{1,2}\.\d{1,2}(?:\.\d)?(?:, (?:step \d|\d\.\d+))*\)|\([AB]\d\.\d\)"
)
OUTSIDE = re.compile(r"(?<![\w.])/(?:work|tmp|root|home|usr)/|\bshared/|\.\./\.\./\.\./|\blocalhost:\d+/(?:simple|npm)")


def texts():
    """(name, text) of everything that may cite, without data, the facts' own pages and this file."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in ("ecrmock", "tests", "docs", "fixtures"):
        found += (ROOT / folder).rglob("*")
    for path in sorted(found):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in READ and not name.startswith(DATA) and "node_modules" not in name and path != Path(__file__):
            yield name, path.read_text()


@functools.cache
def places():
    """Page -> its sections and the rows of its tables."""
    pages = {f"facts/{path.stem}": path for path in CHAPTERS} | {"decisions": ROOT / "docs" / "decisions.md"}
    heading = re.compile(rf"^##+ (?:Appendix )?({REF}|[A-D])\.? ", re.MULTILINE)
    row = re.compile(r"^(?:\| ([A-Z]\d+) \||(R\d): )", re.MULTILINE)
    found = {}
    for page, path in pages.items():
        text = path.read_text()
        found[page] = {*heading.findall(text), *(one or other for one, other in row.findall(text))}
    return found


def broken(text):
    """The citations in a text that lead nowhere."""
    for match in CITATION.finditer(text):
        page, refs = match["page"], match["refs"]
        if page == "decisions" and refs is None:
            continue  # the word
        if page not in places():
            yield page
        elif missing := sorted({*re.findall(REF, refs or "")} - places()[page]):
            yield f"{page} {', '.join(missing)}"


def test_every_citation_leads_somewhere():
    assert [f"{name}: {each}" for name, text in texts() for each in broken(text)] == []


def test_the_code_does_cite():
    code = "".join(text for name, text in texts() if name.startswith("ecrmock/"))
    cited = [match["page"] for match in CITATION.finditer(code)]
    assert cited.count("facts/api") > 50
    assert {"facts/automation", "facts/registry", "facts/access", "facts/neighbours", "decisions"} <= {*cited}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("facts/api 99.1", ["facts/api 99.1"]),
        ("(facts/api 5.1, 5.99)", ["facts/api 5.99"]),
        ("facts/api E1 and E999", ["facts/api E999"]),
        ("facts/api E22 to E460", ["facts/api E460"]),
        ("facts/nothing 1", ["facts/nothing"]),
        ("facts/nothing", ["facts/nothing"]),
        ("facts/neighbours A9.9", ["facts/neighbours A9.9"]),
        ("the table (decisions 99)", ["decisions 99"]),
        ("# as seen in facts/api\n    # 99", ["facts/api 99"]),
        ("facts/registry 2.15, facts/api 1.2 to 1.5; facts/access V36, decisions 3", []),
        ("its decisions, docs/facts/README.md and docs/facts/api.md", []),
    ],
)
def test_a_citation_that_leads_nowhere_is_seen(text, found):
    assert [*broken(text)] == found


def test_nothing_is_cited_under_an_old_name_or_by_a_bare_number():
    lines = [(name, line) for name, text in texts() if not name.startswith("docs/facts/") for line in text.splitlines()]
    assert [f"{name}: {line.strip()}" for name, line in lines if OLD.search(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "# as control-plane.md 5.1 says",
        '"""CP 12 and 13 (observed)."""',
        "(part B, 2.4)",
        "PA 5.1",
        "of design 1.8a",
        "pulls decrypt (5.9).",
        "by a rule (4.3, step 2)",
        "answer XML? (A2.1)",
    ],
)
def test_an_old_citation_is_seen(line):
    assert OLD.search(line)


@pytest.mark.parametrize("path", [*FACTS, ROOT / "docs" / "decisions.md"], ids=lambda path: path.stem)
def test_the_facts_name_no_place_outside_the_repository(path):
    text = path.read_text()
    assert OUTSIDE.findall(text) == []
    links = re.findall(r"\]\(([\w./-]+\.md)\)", text)
    inside = re.findall(r"(?<![\w/.])(?:fixtures|docs/facts|ecrmock)/[\w./-]*\w", text)
    assert [link for link in links if not (path.parent / link).exists()] == []
    assert [each for each in inside if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_section_of_facts_has_marks(path):
    marks = re.compile(rf"\[[^\]]*?(?:{MARKS})|\| (?:obs|rep|inf|part)\b|\*\*\[(?:{MARKS})\]\*\*")
    _, *sections = re.split(r"^(?=##+ )", path.read_text(), flags=re.MULTILINE)
    plain = [part.partition("\n")[0] for part in sections if not marks.search(part) and "\n\n" in part.strip()]
    assert [head for head in plain if not re.search(r"Sources|Source keys|Names", head)] == []


# -- the ledger: each source names its fact or a public place


def ledger():
    for path in sorted((ROOT / "fixtures" / "aws").glob("*.yaml")):
        for case in yaml.safe_load(path.read_text())["cases"]:
            yield pytest.param(case["source"], case["mark"], id=f"{path.stem}: {case['case']}"[:90])


@functools.cache
def pages():
    """Pages of AWS's guides that the facts name, and words of which such names are made."""
    return {*re.findall(r"[a-zA-Z_]+(?:[-_][a-zA-Z_]+)*", "".join(path.read_text() for path in FACTS))}


@pytest.mark.parametrize(("source", "mark"), [*ledger()])
def test_every_source_of_the_ledger_resolves(source, mark):
    assert [*broken(source)] == []
    guides = re.findall(r"\b(?:User Guide,|UG) ([a-z_]+(?:[-_][a-zA-Z_]+)+)", source)
    assert [page for page in guides if page not in pages()] == []
    assert CITATION.search(source) or PUBLIC.search(source) or mark == "inferred"
