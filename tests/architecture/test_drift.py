"""Has AWS changed its model? The installed botocore against the one that was looked at last.

A change is no fault of ours: read what it prints, do what is to be done, and then keep the new model with
`python tests/architecture/test_drift.py --write`.
"""

import hashlib
import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from ecrmock.protocols.model import Model

KEPT = Path(__file__).parents[2] / "fixtures" / "model" / "ecr.json"
_NEEDLESS = {"documentation", "documentationUrl", "exception", "box"}
_FACES = ("input", "output")


def bare(value):
    """A piece of the model without what is said about it."""
    if isinstance(value, dict):
        return {name: bare(inner) for name, inner in sorted(value.items()) if name not in _NEEDLESS}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


def shape(rows, name):
    """One shape; members may well be called `documentation`, so they are looked at one by one."""
    found = dict(rows[name])
    members = found.pop("members", None)
    return bare(found) | ({"members": {member: bare(row) for member, row in members.items()}} if members else {})


def below(rows, name, seen):
    """Every shape that a shape is made of, itself included."""
    if name in seen:
        return seen
    seen.add(name)
    row = rows[name]
    inner = [each["shape"] for each in row.get("members", {}).values()]
    inner += [row[side]["shape"] for side in ("member", "key", "value") if side in row]
    for each in inner:
        below(rows, each, seen)
    return seen


def digest(operation, rows):
    """The hash of an operation: its faces, its errors, and all that they are made of."""
    used = set()
    for name in [*(operation[face] for face in _FACES if face in operation), *operation["errors"]]:
        below(rows, name, used)
    text = json.dumps([operation, {name: shape(rows, name) for name in sorted(used)}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def look(model):
    """What is kept of a model."""
    operations, used = {}, set()
    for name, row in sorted(model.operations.items()):
        faces = {face: row[face]["shape"] for face in _FACES if face in row}
        errors = sorted(each["shape"] for each in row.get("errors", []))
        found = {**faces, "errors": errors}
        for each in (*faces.values(), *errors):
            below(model.shapes, each, used)
        operations[name] = {"hash": digest(found, model.shapes), **found}
    shapes = {name: shape(model.shapes, name) for name in sorted(used)}
    return {"botocore": importlib.metadata.version("botocore"), "operations": operations, "shapes": shapes}


def differences(before, after, path=""):
    """Lines that tell what is new, gone or other."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(set(before) | set(after)):
            at = f"{path}.{name}" if path else name
            if name not in before:
                yield f"+ {at} = {short(after[name])}"
            elif name not in after:
                yield f"- {at} = {short(before[name])}"
            else:
                yield from differences(before[name], after[name], at)
    elif isinstance(before, list) and isinstance(after, list):
        yield from (f"- {path}: {short(item)}" for item in before if item not in after)
        yield from (f"+ {path}: {short(item)}" for item in after if item not in before)
        if before != after and sorted(before, key=str) == sorted(after, key=str):
            yield f"  {path} has another order"
    elif before != after:
        yield f"  {path}: {short(before)} -> {short(after)}"


def short(value):
    text = json.dumps(value)
    return text if len(text) < 160 else text[:157] + "..."


def story(kept, now):
    """The differences, operations first and each with the shapes that changed under it."""
    lines = [f"botocore {kept['botocore']} -> {now['botocore']}"]
    changed = [
        name
        for name in sorted(set(kept["operations"]) | set(now["operations"]))
        if kept["operations"].get(name, {}).get("hash") != now["operations"].get(name, {}).get("hash")
    ]
    lines.append(f"operations: {', '.join(changed) or 'none'}")
    for part in ("operations", "shapes"):
        told = differences(kept[part], now[part])
        lines += [f"  {line}" for line in told if ".hash: " not in line]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def kept():
    return json.loads(KEPT.read_text())


@pytest.fixture(scope="module")
def now():
    return look(Model("ecr"))


def test_the_model_is_the_one_that_was_looked_at(kept, now):
    hashes = [{name: row["hash"] for name, row in each["operations"].items()} for each in (kept, now)]
    assert hashes[0] == hashes[1], story(kept, now)


def test_what_is_kept_is_of_a_piece(kept):
    for name, row in kept["operations"].items():
        assert row["hash"] == digest({key: row[key] for key in row if key != "hash"}, kept["shapes"]), name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda shapes: shapes["RepositoryName"].update(max=128), "RepositoryName.max: 256 -> 128"),
        (lambda shapes: shapes["TagStatus"]["enum"].append("NEW"), '+ TagStatus.enum: "NEW"'),
        (lambda shapes: shapes["ImageIdentifier"]["members"].pop("imageTag"), "- ImageIdentifier.members.imageTag"),
        (lambda shapes: shapes["Tag"]["members"].update(More={"shape": "TagKey"}), "+ Tag.members.More"),
        (lambda shapes: shapes["PutImageRequest"]["required"].append("imageTag"), "+ PutImageRequest.required"),
    ],
)
def test_a_change_is_found_and_told_in_a_line(kept, change, told):
    later = json.loads(json.dumps(kept))
    change(later["shapes"])
    for row in later["operations"].values():
        row["hash"] = digest({key: row[key] for key in row if key != "hash"}, later["shapes"])
    lines = story(kept, later).splitlines()
    assert len(lines) == 3
    assert lines[1] != "operations: none"
    assert told in lines[2]


def test_documentation_is_no_change(kept):
    model = Model("ecr")
    for row in (*model.shapes.values(), *model.operations.values()):
        row["documentation"] = "other words"
    assert look(model)["operations"] == look(Model("ecr"))["operations"]
    assert kept


def printed(found):
    """JSON with a line an operation and a line a shape, so that a change is a small diff."""
    parts = [f'"botocore": "{found["botocore"]}"']
    for part in ("operations", "shapes"):
        rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in found[part].items())
        parts.append(f'"{part}": {{\n{rows}\n}}')
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    KEPT.write_text(printed(look(Model("ecr"))))
