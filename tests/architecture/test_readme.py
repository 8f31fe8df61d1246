"""README.md: what it claims is what is there."""

import inspect
import re

import coverage_table
import pytest


def test_the_coverage_chapter_is_the_generated_one():
    text = coverage_table.README.read_text()
    _, _, rest = text.partition(coverage_table.BEGIN)
    assert rest.partition(coverage_table.END)[0].strip() == coverage_table.table().strip()


def test_the_coverage_page_is_the_generated_one():
    assert coverage_table.PAGE.read_text() == coverage_table.page()


def test_the_two_commands_are_there():
    text = coverage_table.README.read_text()
    assert "python -m pip install . && ecrmock serve" in text
    assert "python -m pip install tox && tox" in text


MOVING = coverage_table.README.parent / "docs" / "moving-from-moto.md"


def blocks_of(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.mark.parametrize("page", [coverage_table.README, MOVING], ids=lambda page: page.name)
def test_its_python_blocks_run(page):
    blocks = blocks_of(page)
    assert blocks
    for block in blocks:
        names = {}
        exec(compile(block, page.name, "exec"), names)
        for name, value in names.items():
            if name.startswith("test_") and not inspect.signature(value).parameters:
                value()


def test_its_fixture_works_on_install(pytester):
    (block,) = [block for block in blocks_of(coverage_table.README) if "(ecr)" in block]
    pytester.makepyfile(block)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_blocks_of_the_page_for_movers_are_tests_that_pass_together(pytester):
    fixture, *tests = blocks_of(MOVING)
    pytester.makeconftest(fixture)
    pytester.makepyfile("\n\n".join(tests))
    pytester.runpytest_subprocess().assert_outcomes(passed=4)
