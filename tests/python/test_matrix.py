"""The matrix runs the tests of each framework module, with each supported version of the framework."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "python"
# They need a browser, or run an example or a program with the packages that it names itself.
ELSEWHERE = {"test_examples.py", "test_player_browser.py", "test_pytest_plugin.py"}
# The module of the package that a row is for, by the start of the row's name.
MODULES = {"django": "django", "flask": "flask", "fastapi": "starlette"}

_spec = importlib.util.spec_from_file_location("matrix", ROOT / "scripts" / "matrix.py")
matrix = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(matrix)


@pytest.mark.parametrize("name", matrix.MATRIX)
def test_a_row_has_all_tests_of_its_framework(name):
    imports = re.compile(rf"^(?:from|import) cloudfront_signer\.{MODULES[name.partition('-')[0]]}\b", re.MULTILINE)
    expected = {path.name for path in TESTS.glob("test_*.py") if imports.search(path.read_text())} - ELSEWHERE
    found = set(matrix.MATRIX[name].tests)
    assert "test_manifest_views.py" in expected
    assert expected <= found
    assert all((TESTS / test).exists() for test in found)


def test_each_framework_has_a_row():
    assert {name.partition("-")[0] for name in matrix.MATRIX} == MODULES.keys()
