"""Runs the tests of the browser's pure modules by Node's own test runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from skills.names import MAX_LENGTH, MIN_LENGTH, NAME_PATTERN, is_valid_name, normalise_name
from tests.skills.test_services import BAD, GOOD

HERE = Path(__file__).parent


def node() -> str:
    """Node from the PATH, or from the wheel that set-up put beside our Python."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found = shutil.which("node", path=places)
    assert found, "no Node: run `make setup`"
    return found


def test_the_pure_modules_of_the_pages():
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    result = subprocess.run(
        [node(), "--test", "--test-reporter=tap", *files],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"# pass {result.stdout.count('# Subtest: ')}" in result.stdout


JUDGE = """
import { judgeName } from "./assets/js/lib/name-rule.js";
const { names, rule } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(names.map((name) => judgeName(name, rule).state === "ok")));
"""


@pytest.mark.parametrize(
    "names", [GOOD, BAD, ["e\u0301" * 30, " padded ", "٣٤", "Ⅷ8", "ǅx", "a\u0301", "𠮷野"]]
)
def test_the_page_judges_names_as_the_server_does(names: list[str]):
    rule = {"pattern": NAME_PATTERN, "min_length": MIN_LENGTH, "max_length": MAX_LENGTH}
    given = json.dumps({"names": names, "rule": rule})
    result = subprocess.run(
        [node(), "--input-type=module", "-e", JUDGE, given],
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(result.stdout) == [is_valid_name(normalise_name(name)) for name in names]
