"""The structure of the package as its sources tell it: modules, who imports whom, classes."""

import ast
from pathlib import Path
from typing import NamedTuple

from paths import ROOT

PACKAGE = ROOT / "ecrmock"


class Module(NamedTuple):
    """One source file."""

    name: str
    path: Path
    lines: int
    tree: ast.Module


class Import(NamedTuple):
    """One module imports another: at run time, late inside a function, or for types only."""

    importer: str
    imported: str


def modules():
    """name -> Module, for every file of the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text()
        found[name] = Module(name, path, text.count("\n"), ast.parse(text))
    return found


def imports(found):
    """Every import of one module of the package by another, those for types and inside functions included."""
    edges = set()
    for module in found.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    target = inner if inner in found else node.module
                    if target in found and target != module.name:
                        edges.add(Import(module.name, target))
            elif isinstance(node, ast.Import):
                edges |= {Import(module.name, alias.name) for alias in node.names if alias.name in found}
    return edges


def circles(edges):
    """Groups of modules that import each other, directly or through others."""
    graph = {}
    for importer, imported in edges:
        graph.setdefault(importer, set()).add(imported)
        graph.setdefault(imported, set())
    reached = {node: _reached(graph, node) for node in graph}
    groups = {
        frozenset(other for other in reached[node] if node in reached[other]) for node in graph if node in reached[node]
    }
    return sorted(sorted(group) for group in groups)


def _reached(graph, start):
    """Every node to which a way leads, of one step or more."""
    found, todo = set(), list(graph[start])
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += graph[node]
    return found


def classes(found):
    """Name of a class -> the modules that define one of this name."""
    named = {}
    for module in found.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                named.setdefault(node.name, []).append(module.name)
    return named
