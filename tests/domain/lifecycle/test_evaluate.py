"""ecrmock.domain.lifecycle.evaluate: the vectors of the facts, and random policies against a slow, literal reading."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from images import digest_of
from paths import FIXTURES

from ecrmock.base.clock import instant
from ecrmock.domain.images.image import Image
from ecrmock.domain.lifecycle import document as lifecycle_policy
from ecrmock.domain.lifecycle import evaluate as lifecycle
from ecrmock.domain.lifecycle.document import Rule

FOLDER = FIXTURES / "lifecycle"
DAY = 86_400
CASES = [
    case
    for path in sorted(FOLDER.glob("*.json"))
    if (body := json.loads(path.read_text()))["kind"] == "lifecycle-evaluation"
    for case in body["cases"]
]


def image(number, row):
    times = {name: instant(row[member]) for name, member in TIMES.items() if member in row}
    subject = {"subject": digest_of(row["subject"])} if "subject" in row else {}
    return Image(
        digest_of(row["ref"]),
        sha256="",
        media_type="",
        number=number,
        size=1,
        tags=tuple(row["tags"]),
        children=tuple(digest_of(ref) for ref in row.get("references", ())),
        status=row.get("status", "ACTIVE"),
        **times,
        **subject,
    )


TIMES = {
    "pushed_at": "pushedAt",
    "pulled_at": "lastPulledAt",
    "archived_at": "lastArchivedAt",
    "activated_at": "lastActivatedAt",
}


def evaluated(case):
    # as a policy that was read, where it is long enough to be one
    rules = lifecycle_policy.rules(lifecycle_policy.read(json.dumps(case["policy"]).ljust(100)))
    return lifecycle.evaluate([image(*row) for row in enumerate(case["images"])], rules, instant(case["now"]))


def test_there_are_vectors():
    assert len(CASES) == 93


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_vector(case):
    found, expected = evaluated(case), case["expected"]
    refs = {digest_of(row["ref"]): row["ref"] for row in case["images"]}
    for verb, member in (("expire", "expired"), ("transition", "transitioned")):
        acts = {(refs[act.image.digest], act.rule.priority) for act in found.acts if act.rule.action == verb}
        assert acts == {(row["image"], row["rule"]) for row in expected[member]}
    held = {(refs[act.image.digest], act.rule.priority, tuple(map(refs.get, by))) for act, by in found.held}
    assert {(ref, rule, frozenset(by)) for ref, rule, by in held} == {
        (row["image"], row["rule"], frozenset(row["heldBy"])) for row in expected["protected"]
    }
    effects = {"expire": "expired", "transition": "transitioned"}
    assert {(refs[act.image.digest], effects[act.rule.action]) for act in found.followers} == {
        (row["image"], row["effect"]) for row in expected["cascaded"]
    }
    assert [refs[act.image.digest] for act in found.oldest_first] == expected["order"]


# -- a literal reading of facts/automation 1.4, image by image, written apart from the evaluator


def slow(images, rules, now):  # noqa: C901 (one section, read from top to bottom)
    """{digest: priority} of what is acted on, digests of what is held, digests of what follows."""

    def push(i):
        return i.pushed_at if i.activated_at is None else i.activated_at

    def pull(i):
        if i.activated_at is not None and (i.pulled_at is None or i.pulled_at < i.activated_at):
            return i.activated_at
        return i.pushed_at if i.pulled_at is None else i.pulled_at

    here = {i.digest for i in images}
    candidates = [i for i in images if i.status != "ACTIVATING" and i.subject not in here]

    def sees(rule, i):
        if (i.status == "ARCHIVED") != (rule.storage == "archive"):
            return False
        if rule.status == "any":
            return True
        if rule.status == "untagged":
            return len(i.tags) == 0
        if rule.prefixes:
            return all(any(tag[: len(p)] == p for tag in i.tags) for p in rule.prefixes)
        return all(any(like(p, tag) for tag in i.tags) for p in rule.patterns)

    def meets(rule, i):
        if rule.kind == "imageCountMoreThan":
            rivals = [o for o in candidates if sees(rule, o)]
            younger = [o for o in rivals if (push(o), o.number) > (push(i), i.number)]
            return len(younger) >= rule.number
        since = {"sinceImagePushed": push, "sinceImagePulled": pull, "sinceImageTransitioned": lambda o: o.archived_at}
        return now - since[rule.kind](i) > rule.number * DAY

    taken = {}
    for i in candidates:
        for rule in sorted(rules, key=lambda r: r.priority):
            if sees(rule, i):
                if meets(rule, i):
                    taken[i.digest] = rule.priority
                break
    done = {}
    while True:
        free = [
            d
            for d in taken
            if d not in done
            and not any(
                d in o.children and o.status == "ACTIVE" and o.digest not in done for o in images if o.digest != d
            )
        ]
        if not free:
            break
        done.update({d: taken[d] for d in free})
    follow = set()
    while True:
        more = {i.digest for i in images if i.subject in done.keys() | follow} - follow
        if not more:
            return done, taken.keys() - done.keys(), follow
        follow |= more


def like(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(like(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and like(pattern[1:], text[1:])


DAYS = st.integers(0, 200).map(lambda hours: hours * DAY / 4)


@st.composite
def repositories(draw):
    found = []
    for number in range(draw(st.integers(0, 9))):
        status = draw(st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "ARCHIVED", "ACTIVATING"]))
        earlier = [one.digest for one in found]
        index = bool(earlier) and draw(st.booleans())
        found.append(
            Image(
                digest_of(str(number)),
                sha256="",
                media_type="",
                number=number,
                size=1,
                tags=tuple(draw(st.lists(st.sampled_from(["a", "ab", "b", "ba", "prod-1"]), unique=True, max_size=3))),
                pushed_at=draw(DAYS),
                pulled_at=draw(st.none() | DAYS),
                activated_at=draw(st.none() | DAYS),
                archived_at=draw(DAYS) if status == "ARCHIVED" else None,
                status=status,
                children=tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))) if index else (),
                subject=draw(st.sampled_from(earlier)) if earlier and not index and draw(st.booleans()) else None,
            )
        )
    return found


@st.composite
def policies(draw):
    rules = []
    for priority in range(1, draw(st.integers(1, 4)) + 1):
        status = draw(st.sampled_from(["any", "tagged", "untagged"]))
        chosen = tuple(draw(st.lists(st.sampled_from(["a", "b", "a*", "*b", "*"]), min_size=1, max_size=2)))
        patterns = status == "tagged" and draw(st.booleans())
        prefixes = tuple(text.strip("*") or "p" for text in chosen)
        kind = draw(
            st.sampled_from(["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"])
        )
        archive = kind == "sinceImageTransitioned"
        rules.append(
            Rule(
                priority,
                status,
                chosen if patterns else (),
                prefixes if status == "tagged" and not patterns else (),
                "archive" if archive else "standard",
                kind,
                draw(st.integers(1, 30)) if kind != "imageCountMoreThan" else draw(st.integers(1, 4)),
                "expire" if archive or draw(st.booleans()) else "transition",
            )
        )
    return rules


@given(repositories(), policies())
@settings(max_examples=400, deadline=None)
def test_random_policies_do_what_the_literal_reading_says(images, rules):
    now = 50 * DAY
    found = lifecycle.evaluate(images, rules, now)
    acts, held, followers = slow(images, rules, now)
    assert {act.image.digest: act.rule.priority for act in found.acts} == acts
    assert {act.image.digest for act, _ in found.held} == held
    assert {act.image.digest for act in found.followers} == followers
    traced = {row.image.digest: row for row in found.trace()}
    assert {d for d, row in traced.items() if row.outcome in {"expire", "transition"}} == set(acts)
    assert {d: row.took for d, row in traced.items() if d in acts} == acts
    assert all(row.reason for row in traced.values())


@given(repositories(), policies(), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_nothing_changes_before_the_time_it_names(images, rules, days):
    now = days * DAY / 2
    found = lifecycle.evaluate(images, rules, now)
    change = found.next_change(now)
    until = now + 500 * DAY if change is None else change  # at that moment itself nothing is old enough yet
    assert _taken(lifecycle.evaluate(images, rules, until)) == _taken(found)
    if change is not None:
        later = lifecycle.evaluate(images, rules, change + 1)
        assert [saw.met for saw in later.saw] != [saw.met for saw in found.saw]


def _taken(found):
    return {act.image.digest: act.rule for act in found.acts}, {act.image.digest for act, _ in found.held}


@pytest.mark.parametrize(
    ("tags", "rule", "reason"),
    [
        (("a",), (1, "tagged", (), ("a",), "standard", "imageCountMoreThan", 1, "expire"), "rule 1 took it"),
        ((), (1, "tagged", (), ("a",), "standard", "imageCountMoreThan", 1, "expire"), "no rule sees it"),
        (
            ("a",),
            (1, "any", (), (), "standard", "sinceImagePushed", 9, "expire"),
            "within the number of every rule that sees it: 1",
        ),
    ],
)
def test_the_trace_tells_why(tags, rule, reason):
    old = Image(digest_of("old"), "", "", 0, 1, 1, tags=tags)
    young = Image(digest_of("young"), "", "", 1, 2, 1, tags=("a",))
    assert lifecycle.evaluate([young, old], [Rule(*rule)], 2).trace()[0].reason == reason


def test_the_trace_tells_who_shields_and_who_holds():
    child = Image(digest_of("child"), "", "", 0, 1, 1, tags=("v1",))
    parent = Image(digest_of("parent"), "", "", 9 * DAY, 2, 1, tags=("v1",), children=(child.digest,))
    one = Rule(1, "tagged", ("v*",), (), "standard", "imageCountMoreThan", 9, "expire")
    two = Rule(2, "any", (), (), "standard", "sinceImagePushed", 1, "expire")
    row = lifecycle.evaluate([child, parent], [one, two], 9 * DAY).trace()[0]
    assert (row.outcome, row.reason) == ("keep", "rule 2 would take it, but rule 1 sees it first")
    row = lifecycle.evaluate([child, parent], [two], 9 * DAY).trace()[0]
    assert (row.outcome, row.reason) == ("held", f"rule 2 took it, but it is listed by {parent.digest}")
