"""Policy, images, now: which images go, by which rule, and why not the others? (facts/automation 1.4).

Pure: the preview, the nightly run and the trace call this one function.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ecrmock.base.globs import matcher
from ecrmock.base.walks import walk
from ecrmock.domain.images.image import Image
from ecrmock.domain.lifecycle.document import Rule

DAY = 86_400


class Act(NamedTuple):
    """One image to act on, and the rule that took it."""

    image: Image
    rule: Rule


class Saw(NamedTuple):
    """What one rule thought: the images it sees, and those that meet its number, as places in `Evaluation.images`."""

    rule: Rule
    seen: frozenset[int]
    met: frozenset[int]


class Evaluation(NamedTuple):
    """What a run would do at one moment."""

    acts: list[Act]
    """In the order in which they can be done: an index before the images it lists."""
    held: list[tuple[Act, list[str]]]
    """Taken by a rule, but listed by indexes with these digests that stay."""
    followers: list[Act]
    """Referrers that go with their subjects, directly or through one another."""
    images: list[Image]
    """The candidates, oldest first."""
    saw: list[Saw]
    """By priority."""

    @property
    def oldest_first(self) -> list[Act]:
        """The acts as a preview lists them."""
        return sorted(self.acts, key=lambda act: _age(act.image))

    def trace(self) -> "list[Traced]":
        """For every candidate, oldest first: which rules saw it, which took it, and what comes of that."""
        took = {act.image.digest: act.rule.priority for act, _ in self.held}
        took |= {act.image.digest: act.rule.priority for act in self.acts}
        held = {act.image.digest: holders for act, holders in self.held}
        verbs = {act.image.digest: act.rule.action for act in self.acts}
        return [
            Traced(
                image,
                seen=[saw.rule.priority for saw in self.saw if place in saw.seen],
                met=[saw.rule.priority for saw in self.saw if place in saw.met],
                took=took.get(image.digest),
                held=held.get(image.digest, []),
                outcome="held" if image.digest in held else verbs.get(image.digest, "keep"),
            )
            for place, image in enumerate(self.images)
        ]

    def next_change(self, now: float) -> float | None:
        """The earliest time after now at which an image that an age rule sees grows too old for it."""
        found = [
            moment
            for saw in self.saw
            if (since := _SINCE.get(saw.rule.kind))
            for place in saw.seen - saw.met
            if (moment := since(self.images[place]) + saw.rule.number * DAY) >= now
        ]
        return min(found, default=None)


class Traced(NamedTuple):
    """Why one image goes or stays."""

    image: Image
    seen: list[int]
    """Priorities of the rules that see it: by class and tags."""
    met: list[int]
    """Of those, the rules whose number it meets."""
    took: int | None
    """The rule that took it; None also where a rule before all of `met` sees it, and so shields it."""
    held: list[str]
    """Digests of the indexes that keep it."""
    outcome: str
    """expire, transition, held or keep."""

    @property
    def reason(self) -> str:
        """The same in a sentence."""
        if self.held:
            return f"rule {self.took} took it, but it is listed by {', '.join(self.held)}"
        if self.took is not None:
            return f"rule {self.took} took it"
        if not self.seen:
            return "no rule sees it"
        if self.met:
            return f"rule {self.met[0]} would take it, but rule {self.seen[0]} sees it first"
        return f"within the number of every rule that sees it: {', '.join(map(str, self.seen))}"


def evaluate(images: Iterable[Image], rules: Sequence[Rule], now: float) -> Evaluation:
    """What these rules, by priority, make of all images of a repository at this time (seconds since 1970)."""
    every = sorted(images, key=_age)
    subjects = _subjects(every)
    candidates = [image for image in every if image.status != "ACTIVATING" and image.digest not in subjects]
    classes: dict[str, list[int]] = {"standard": [], "archive": []}
    for place, image in enumerate(candidates):
        classes["archive" if image.status == "ARCHIVED" else "standard"].append(place)
    saw = [_saw(rule, candidates, classes[rule.storage], now) for rule in rules]
    taken: dict[int, Rule] = {}
    shielded: set[int] = set()
    for each in saw:
        taken.update(dict.fromkeys(each.met - shielded, each.rule))
        shielded |= each.seen
    planned = [Act(candidates[place], taken[place]) for place in sorted(taken)]
    acts, held = _possible(planned, every)
    return Evaluation(acts, held, _followers(acts, every, subjects), candidates, saw)


def pushed(image: Image) -> float:
    """P: when it was pushed, or last brought back from the archive."""
    return image.pushed_at if image.activated_at is None else image.activated_at


def pulled(image: Image) -> float:
    """L: when it was last pulled, or brought back since, or pushed if neither ever happened."""
    known = [moment for moment in (image.pulled_at, image.activated_at) if moment is not None]
    return max(known, default=image.pushed_at)


def archived(image: Image) -> float:
    """T: when it was last archived."""
    return image.pushed_at if image.archived_at is None else image.archived_at


_SINCE: dict[str, Callable[[Image], float]] = {
    "sinceImagePushed": pushed,
    "sinceImagePulled": pulled,
    "sinceImageTransitioned": archived,
}


def _age(image: Image) -> tuple[float, int]:
    """Oldest first; of two pushed at one time the one stored later is younger."""
    return (pushed(image), image.number)


def _saw(rule: Rule, images: list[Image], places: list[int], now: float) -> Saw:
    if rule.status == "any":
        seen = places
    elif rule.status == "untagged":
        seen = [place for place in places if not images[place].tags]
    else:
        fits = _tagged(rule)
        seen = [place for place in places if images[place].tags and fits(images[place].tags)]
    since = _SINCE.get(rule.kind)
    if since is None:  # oldest first: all but the last n
        met = seen[: max(len(seen) - rule.number, 0)]
    else:
        before = now - rule.number * DAY  # strictly older
        met = [place for place in seen if since(images[place]) < before]
    return Saw(rule, frozenset(seen), frozenset(met))


def _tagged(rule: Rule) -> Callable[[tuple[str, ...]], bool]:
    """Whether every entry of the rule's list is met by some tag; one tag may meet two (inferred)."""
    tests = [_prefix(prefix) for prefix in rule.prefixes] or [matcher(pattern) for pattern in rule.patterns]
    return lambda tags: all(any(map(test, tags)) for test in tests)


def _prefix(prefix: str) -> Callable[[str], object]:
    return lambda tag: tag.startswith(prefix)


def _subjects(images: list[Image]) -> dict[str, str]:
    """Referrer -> subject, for those whose subject is here, by whichever of its digests it is named."""
    if not any(image.subject for image in images):
        return {}
    known = {name: image.digest for image in images for name in (image.digest, *image.aliases)}
    return {image.digest: known[image.subject] for image in images if image.subject and image.subject in known}


def _possible(planned: list[Act], images: list[Image]) -> tuple[list[Act], list[tuple[Act, list[str]]]]:
    """What can be done, in order: what an active index lists waits until that index is gone or archived."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for image in images:
        if image.status == "ACTIVE":
            for child in image.children:
                holders[child].add(image.digest)
    acts: list[Act] = []
    waiting = planned
    while True:
        before, rest = len(acts), []
        for act in waiting:
            if holders.get(act.image.digest):
                rest.append(act)
                continue
            acts.append(act)
            for child in act.image.children:
                holders[child].discard(act.image.digest)
        waiting = rest
        if len(acts) == before or not waiting:
            return acts, [(act, sorted(holders[act.image.digest])) for act in waiting]


def _followers(acts: list[Act], images: list[Image], subjects: dict[str, str]) -> list[Act]:
    """Referrers of what goes, and referrers of those."""
    if not subjects:
        return []
    known = {image.digest: image for image in images}
    referrers: defaultdict[str, list[str]] = defaultdict(list)
    for referrer, subject in subjects.items():
        referrers[subject].append(referrer)
    found: dict[str, Act] = {}

    def further(act: Act | None) -> list[Act]:
        if act is None:
            return acts
        fresh = {
            digest: Act(known[digest], act.rule)
            for digest in referrers.get(act.image.digest, ())
            if digest not in found
        }
        found.update(fresh)
        return list(fresh.values())

    deque(walk(None, further), maxlen=0)
    return list(found.values())
