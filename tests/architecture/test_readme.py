"""README.md: what it claims is what is there."""

import inspect
import re

import coverage_table


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


def test_its_python_blocks_run():
    blocks = re.findall(r"```python\n(.*?)```", coverage_table.README.read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        names = {}
        exec(compile(block, "README.md", "exec"), names)
        for name, value in names.items():
            if name.startswith("test_") and not inspect.signature(value).parameters:
                value()


def test_its_fixture_works_on_install(pytester):
    blocks = re.findall(r"```python\n(.*?)```", coverage_table.README.read_text(), re.DOTALL)
    (block,) = [block for block in blocks if "(ecr)" in block]
    pytester.makepyfile(block)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
