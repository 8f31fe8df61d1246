"""Every module of ecrmock says what question it answers, and everything public says what it is."""

import ast
from pathlib import Path

import pytest

import ecrmock

ROOT = Path(ecrmock.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def is_overload(node):
    return any(
        getattr(each, "id", getattr(each, "attr", "")) == "overload" for each in getattr(node, "decorator_list", ())
    )


def is_public(node):
    return not node.name.startswith("_") or node.name == "__init__"


def undocumented(node, where=""):
    """Names of public things inside a module or class that have no docstring."""
    for inner in node.body:
        if isinstance(inner, DEFINED) and is_public(inner) and not is_overload(inner):
            name = f"{where}{inner.name}"
            if not (ast.get_docstring(inner) or "").strip():
                yield name
            if isinstance(inner, ast.ClassDef):
                yield from undocumented(inner, f"{name}.")


@pytest.fixture(params=MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def tree(request):
    return ast.parse(request.param.read_text(encoding="utf-8"))


def test_the_package_was_found():
    assert len(MODULES) > 40


def test_a_module_begins_with_one_sentence(tree):
    first = (ast.get_docstring(tree) or "").strip().split("\n")[0]
    assert first
    assert first[-1] in ".?"


def test_everything_public_has_a_docstring(tree):
    assert list(undocumented(tree)) == []


def test_the_walk_sees_what_is_missing():
    source = '"""Module."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\ndef d(): ...\n'
    assert list(undocumented(ast.parse(source))) == ["A.b", "d"]
