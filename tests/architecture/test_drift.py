"""Has AWS changed its model? The installed botocore against the models that ecrmock ships.

A change is no fault of ours: read what it prints, do what is to be done, and then renew the models with
`python tests/renew_models.py`. An older botocore than theirs says nothing about them.
"""

import json
import os

import botocore.session
import older_sdk
import pytest
import renew_models
from older_sdk import INSTALLED, OLDER, own
from renew_models import NOTICE, SERVICES, below, made, printed

from ecrmock.protocols.model import Model, shipped

NAMES = (*SERVICES, "partitions")


def of_use(document):
    """A model without the operations that keep nothing but a name: AWS may have more or less of them."""
    operations = {name: row for name, row in document.get("operations", {}).items() if row}
    return {**document, "botocore": "", "operations": operations}


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


def face(document, operation):
    """An operation and every shape that it is made of."""
    row, used = document["operations"].get(operation, {}), set()
    for each in (row.get("input"), row.get("output"), *row.get("errors", ())):
        below(document["shapes"], each, used)
    return row, {name: document["shapes"][name] for name in used}


def story(kept, now):
    """The differences, operations first and each with the shapes that changed under it."""
    lines = [f"botocore {kept['botocore']} -> {now['botocore']}"]
    kept, now = of_use(kept), of_use(now)
    names = sorted(set(kept["operations"]) | set(now["operations"]))
    changed = [name for name in names if face(kept, name) != face(now, name)]
    lines.append(f"operations: {', '.join(changed) or 'none'}")
    for part in ("metadata", "pagination", "operations", "shapes", "partitions"):
        lines += [f"  {line}" for line in differences(kept.get(part, {}), now.get(part, {}))]
    return "\n".join(lines)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(OLDER, reason=f"botocore {INSTALLED} is older than the shipped models")
def test_a_shipped_model_is_that_of_the_newest_botocore(name):
    kept, now = shipped(name), made(name)
    assert of_use(kept) == of_use(now), f"{story(kept, now)}\nthen: python tests/renew_models.py"


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_is_as_it_is_printed_and_of_one_botocore(name):
    text = (renew_models.SHIPPED / f"{name}.json").read_text()
    assert text == printed(json.loads(text))
    assert json.loads(text)["botocore"] == shipped("ecr")["botocore"]
    assert f"botocore {shipped('ecr')['botocore']}\n" in NOTICE.read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_a_shipped_model_has_every_shape_that_is_used_and_no_other(name):
    kept = shipped(name)
    used = set().union(*(face(kept, operation)[1] for operation in kept["operations"]))
    assert used == set(kept["shapes"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_shipped_model_has_no_documentation(name):
    kept = shipped(name)
    for row in (*kept["operations"].values(), *kept["shapes"].values()):
        assert not {"documentation", "documentationUrl", "examples"} & set(row)
        assert not any("documentation" in inner for inner in row.get("members", {}).values())
    assert "<p>" not in (renew_models.SHIPPED / f"{name}.json").read_text()


@pytest.mark.parametrize("name", sorted(renew_models.NEIGHBOURS))
def test_what_a_neighbour_answers_is_whole(name):
    whole = {operation for operation, row in shipped(name)["operations"].items() if row}
    assert whole == set(renew_models.NEIGHBOURS[name].operations), "python tests/renew_models.py"


@pytest.mark.parametrize("name", SERVICES)
def test_a_page_is_made_of_members_that_there_are(name):
    kept = shipped(name)
    for operation, row in kept["pagination"].items():
        asked, answered = (kept["shapes"][kept["operations"][operation][side]["shape"]] for side in ("input", "output"))
        assert {row["input_token"], row["limit_key"]} <= set(asked["members"])
        assert row["output_token"] in answered["members"]


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
def test_a_change_is_found_and_told_in_a_line(change, told):
    kept, later = shipped("ecr"), shipped("ecr")
    change(later["shapes"])
    assert of_use(kept) != of_use(later)
    lines = story(kept, later).splitlines()
    assert len(lines) == 3
    assert lines[1] != "operations: none"
    assert told in lines[2]


def test_a_change_that_is_no_operations_is_told_too():
    kept, later = shipped("ecr"), shipped("ecr")
    later["metadata"]["jsonVersion"] = "1.2"
    assert story(kept, later).splitlines()[1:] == ["operations: none", '    jsonVersion: "1.1" -> "1.2"']


def test_an_older_sdk_and_no_other_is_taught_ecrs_model():
    assert ("AWS_DATA_PATH" in os.environ) == OLDER
    known = botocore.session.Session().get_service_model("ecr").operation_names
    assert set(known) == set(Model("ecr").operations)


@pytest.mark.parametrize(
    ("installed", "older"), [("1.34.0", True), ("1.44.10", False), ("1.44.8", False), ("1.43.127", True)]
)
def test_versions_are_compared_as_numbers(installed, older):
    assert (older_sdk.numbers(installed) < older_sdk.numbers("1.44.8")) == older


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_that_the_installed_sdk_can_send_is_unknown(name):
    sdk, ours = own(name, "service-2"), shipped(name)
    for operation, row in sdk["operations"].items():
        used, answered = set(), ours["operations"].get(operation)
        if name in renew_models.NEIGHBOURS and not answered:
            continue
        below(sdk["shapes"], row.get("input"), used)
        for shape in used:
            members, known = (set(each["shapes"][shape].get("members", ())) for each in (sdk, ours))
            assert members <= known, f"{operation}: {members - known} of {shape}"


def test_an_older_botocore_renews_nothing(monkeypatch):
    before = {path: path.read_bytes() for path in (*renew_models.SHIPPED.iterdir(), NOTICE)}
    monkeypatch.setattr(renew_models, "OLDER", True)
    with pytest.raises(SystemExit, match="is older"):
        renew_models.main()
    assert before == {path: path.read_bytes() for path in (*renew_models.SHIPPED.iterdir(), NOTICE)}
