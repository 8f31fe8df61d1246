"""Which sentences can the program say? Read out of its sources, so that none is forgotten."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import error_classes

import ecrmock
from ecrmock.errors.base import ServiceError

PROGRAM = Path(ecrmock.__file__).parent
FLOORS = ("domain", "gateway", "protocols", "services/ecr", "sources", "reactions")
"""Where the words come from; other packages phrase for another door, or say nothing to ECR callers."""
ELSEWHERE = ("protocols/query.py", "protocols/unsupported.py", "gateway/urls.py", "gateway/origins.py")
"""The neighbours' doors, S3's, and what browsers are told: no ECR operation answers from there."""
CLASSES = error_classes.COMMON | error_classes.ECR
_WORDS_OF = ("errors/common.py", "errors/ecr.py", "errors/ecr_images.py")
_SILENT = re.compile(r"re\.compile|Literal|_?log(ger|ging)?\.\w+|.*\.execute")
"""Patterns, types, lines of a log, and SQL are told to no caller."""
_HINTS = re.compile(r"because|_because|_[A-Z_]+_HINT")
"""What ServiceError.because is given: for the log and the record, never in an answer."""
_HOLE = "\0"
"""Stands in a text for what is only known when it is said."""
_WORDS = re.compile(r"[A-Za-z]{2,}[ \0]+[A-Za-z\0]")
Names = dict[str, list[ast.expr]]
"""What each local name may be at a place of a function."""


class Sentence(NamedTuple):
    """A text that is said somewhere; `code` where it is the whole message of an error or the reason of a failure."""

    place: str
    code: str | None
    text: str
    longer: tuple[str, ...] = ()
    """For a text without code: the words before it in other sentences, `Member ` of `must not be null`."""

    def shown_by(self, code: str, message: str) -> bool:
        """Whether an answer of this code and message shows it."""
        if self.code is not None:
            return code == self.code and _pattern(self.text).fullmatch(message) is not None
        return _pattern(self.text, self.longer).search(message) is not None

    @property
    def shape(self) -> str:
        """The text with dots where it has holes."""
        return self.text.replace(_HOLE, "...").strip()


@cache
def _pattern(text: str, longer: tuple[str, ...] | None = None) -> re.Pattern[str]:
    """A whole message, or a part of one where it does not belong to a longer sentence."""
    if longer is None:
        return re.compile("(?s:.*)".join(map(re.escape, text.split(_HOLE))))
    inner = "(?s:.+?)".join(map(re.escape, text.strip(_HOLE + " ").split(_HOLE)))
    return re.compile(r"(?<!\w)" + "".join(f"(?<!{re.escape(each)})" for each in longer) + inner + r"(?!\w)")


def _before(text: str, others: list[str]) -> tuple[str, ...]:
    """The words that stand before a text where others go on into it without a break."""
    found = set()
    for other in others:
        start, inside, _ = other.partition(text)
        words = start.rpartition(_HOLE)[2]
        if inside and re.search(r"\w $", words):
            found.add(words)
    return tuple(sorted(found))


@cache
def sentences(folder: Path = PROGRAM) -> list[Sentence]:
    """Every sentence with which an ECR operation may be answered.

    Three kinds: an error of errors/ where it is made (with its class's sentence, filled as far as the source tells),
    a batch operation's failure, and any other text of two words or more, as it may stand in a table or be handed on.
    """
    files = [file for floor in FLOORS for file in sorted((folder / floor).rglob("*.py"))]
    sources = {str(file.relative_to(folder)): file.read_text() for file in files}
    found, used = [], set()
    for name, source in sources.items():
        if name not in ELSEWHERE:
            used |= {each for each in CLASSES if each in source}
            found += read(name, source)
    for file in _WORDS_OF:
        for kind in ast.parse((folder / file).read_text()).body:
            if isinstance(kind, ast.ClassDef) and kind.name in used:
                found += _Reader(file, {**CLASSES, "cls": CLASSES[kind.name]}).read(kind)
    texts = [each.text for each in found]
    told = [each if each.code else each._replace(longer=_before(each.text, texts)) for each in found]
    return list(dict.fromkeys(told))


def read(name: str, source: str) -> list[Sentence]:
    """The sentences of one file."""
    return _Reader(name, CLASSES).read(ast.parse(source))


class _Reader:
    """Reads one file, or one class of errors/."""

    def __init__(self, name: str, kinds: dict[str, type[ServiceError]]) -> None:
        self.name, self.kinds = name, kinds
        self.found: list[Sentence] = []
        self.done: set[int] = set()
        """ids of nodes whose text is part of a sentence already, or is never said."""

    def read(self, tree: ast.Module | ast.ClassDef) -> list[Sentence]:
        self._mute(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._block(node.body, {})
        self._loose(tree, {})
        return self.found

    def _mute_hint(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call) and _HINTS.fullmatch(getattr(node.func, "attr", getattr(node.func, "id", ""))):
            for argument in node.args:
                self._drop(argument)
        elif isinstance(node, ast.Assign) and _HINTS.fullmatch(getattr(node.targets[0], "id", "")):
            self._drop(node.value)

    def _mute(self, tree: ast.AST) -> None:
        """Set aside docstrings, annotations, patterns, and the sentence of a class, which is read where it is made."""
        for node in ast.walk(tree):
            self._mute_hint(node)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                self._drop(node.value)
            elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
                self._drop(node.annotation)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
                self._drop(node.returns)
            elif _SILENT.fullmatch(_name(getattr(node, "func", getattr(node, "value", None)))):
                self._drop(node)
        if isinstance(tree, ast.ClassDef):
            for node in tree.body:
                if isinstance(node, ast.Assign | ast.AnnAssign):  # its text, its arguments and their defaults
                    self._drop(node)

    def _drop(self, node: ast.AST) -> None:
        self.done |= {id(inner) for inner in ast.walk(node)}

    def _block(self, block: list[ast.stmt], names: Names) -> Names:
        """Go through statements, knowing what the names may be; returns what they may be afterwards."""
        for statement in block:
            inner = [value for field in ("body", "orelse", "finalbody") if (value := getattr(statement, field, None))]
            inner += [handler.body for handler in getattr(statement, "handlers", ())]
            inner += [case.body for case in getattr(statement, "cases", ())]
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            self._statement(statement, names)
            branches = [self._block(each, names) for each in inner]
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                names = {**names, statement.targets[0].id: [statement.value]}
            for branch in branches:
                more = {name: [v for v in values if v not in names.get(name, ())] for name, values in branch.items()}
                names = {**names, **{name: [*names.get(name, ()), *values] for name, values in more.items()}}
        return names

    def _statement(self, statement: ast.stmt, names: Names) -> None:
        if isinstance(statement, ast.Raise):
            self._raised(statement, names)
        for node in _own(statement):
            if isinstance(node, ast.Call):
                self._made(node, names)
            elif isinstance(node, ast.Dict):
                row = {key.value: value for key, value in zip(node.keys, node.values, strict=True) if _is_text(key)}
                if {"failureCode", "failureReason"} <= set(row):
                    self._failure(node, row["failureCode"], row["failureReason"], names)
        for node in _own(statement):
            if isinstance(node, ast.JoinedStr) and not isinstance(statement, ast.Assign):
                self._loose(node, names)

    def _raised(self, statement: ast.Raise, names: Names) -> None:
        raised = statement.exc
        if isinstance(raised, ast.Name) and raised.id in self.kinds:
            self._error(statement, self.kinds[raised.id], {}, names)
        elif isinstance(raised, ast.Call) and isinstance(raised.func, ast.Name):
            made = raised.func.id
            if made not in self.kinds and made.lstrip("_")[:1].isupper():  # a ValueError and its like: not an answer
                for argument in raised.args:
                    self._texts(argument, names)
                self._drop(raised)

    def _made(self, node: ast.Call, names: Names) -> None:
        """An error or a failure that is made here."""
        made = _name(node.func)
        if made in self.kinds:
            kind = self.kinds[made]
            whole = not any(isinstance(each, ast.Starred) for each in node.args)
            given = dict(zip(kind.fields, node.args, strict=False)) if whole else {}
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            self._error(node, kind, given, names)
        elif made in {"Failure", "cls"} and len(node.args) > 1 and _is_text(node.args[0]):
            self._failure(node, node.args[0], node.args[1], names)

    def _error(
        self, node: ast.stmt | ast.expr, kind: type[ServiceError], given: dict[str, ast.expr], names: Names
    ) -> None:
        pieces: list[list[str]] = []
        for literal, field, _, _ in Formatter().parse(kind.text):
            pieces.append([literal])
            if field is not None:
                # a default counts, unless the class works its arguments over
                own = getattr(kind, field, _HOLE) if kind.__post_init__ is ServiceError.__post_init__ else _HOLE
                pieces.append(self._texts(given[field], names) if field in given else [own])
        for choice in product(*pieces):
            self._add(node, kind.__name__, "".join(choice))

    def _failure(self, node: ast.expr, code: ast.expr, reason: ast.expr, names: Names) -> None:
        for told, text in product(self._texts(code, names), self._texts(reason, names)):
            if told != _HOLE:  # else it is told here and made elsewhere
                self._add(node, told, text)

    def _add(self, node: ast.stmt | ast.expr, code: str | None, text: str) -> None:
        self.found.append(Sentence(f"{self.name}:{node.lineno}", code, re.sub(f"{_HOLE}+", _HOLE, text)))

    def _texts(self, node: ast.expr, names: Names) -> list[str]:
        """What an expression may read, with holes; its literals count as read."""
        self.done.add(id(node))
        found = [_HOLE]
        if _is_text(node):
            found = [node.value]
        elif isinstance(node, ast.JoinedStr):
            parts = [self._texts(value, names) for value in node.values]
            found = ["".join(choice) for choice in product(*parts)]
        elif isinstance(node, ast.FormattedValue):
            found = self._texts(node.value, names)
        elif isinstance(node, ast.IfExp):
            found = self._texts(node.body, names) + self._texts(node.orelse, names)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            found = [a + b for a, b in product(self._texts(node.left, names), self._texts(node.right, names))]
        elif isinstance(node, ast.Name) and node.id in names:
            rest = {name: values for name, values in names.items() if name != node.id}
            values = [value for value in names[node.id] if getattr(value, "value", "") is not None]
            found = [text for value in values for text in self._texts(value, rest)] or found
        return found

    def _loose(self, scope: ast.AST, names: Names) -> None:
        """Texts of more than one word that stand anywhere else: in tables, or handed on to say them."""
        for node in ast.walk(scope):
            if id(node) in self.done or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
                continue
            for text in self._texts(node, names):
                if _WORDS.search(text):
                    self._add(node, None, text)
            if isinstance(node, ast.JoinedStr):
                self._drop(node)


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without those of the statements inside it."""
    left: list[ast.AST] = [statement]
    while left:
        node = left.pop()
        yield node
        left += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.stmt | ast.ExceptHandler)]


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
