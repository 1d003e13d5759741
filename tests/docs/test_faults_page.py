"""The faults' page has every row once, and says the truth about the tests that prove it."""

import ast
from pathlib import Path

from scripts.docs_of.fault_rows import FAULTS, INVARIANTS, OUT_OF_REACH
from scripts.docs_of.faults import TESTS, marked_tests
from tests.docs.pages import REFERENCE, rows

TEXT = (REFERENCE / "faults.md").read_text(encoding="utf-8")
PROVED = {row["row"]: row["proved by"] for row in rows(TEXT) if "row" in row}


def test_every_row_is_there_once_and_in_order() -> None:
    numbers = [str(number) for number in range(1, 75)]
    numbers.insert(numbers.index("44") + 1, "44a")
    assert [fault.row for fault in FAULTS] == list(PROVED) == numbers


def test_every_mark_names_a_row() -> None:
    assert set(marked_tests(TESTS)) <= {fault.row for fault in FAULTS}


def test_every_invariant_of_a_row_is_explained() -> None:
    for fault in FAULTS:
        assert fault.invariants == "all" or {name for name in fault.invariants.split(", ") if name} <= set(INVARIANTS)


def test_a_row_without_a_test_says_why() -> None:
    for row, proof in PROVED.items():
        assert not proof.startswith("**No test.**") or row in OUT_OF_REACH, f"row {row}: {proof}"


def test_the_count_is_that_of_the_rows() -> None:
    count = sum(not proof.startswith("**No test.**") for proof in PROVED.values())
    assert f"**Rows with a test: {count} of 75.**" in TEXT


def test_marks_are_found_wherever_they_stand(tmp_path: Path) -> None:
    """On the test, on its parameters, in a constant that it uses, and on the module."""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_one.py").write_text(
        "import pytest\n"
        "CASES = [pytest.param(1, marks=pytest.mark.fault(2))]\n"
        "@pytest.mark.fault(1, '44a')\ndef test_itself(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.fault(3))])\ndef test_parameter(x): ...\n"
        "@pytest.mark.parametrize('x', CASES)\nasync def test_constant(x): ...\n"
        "def test_none(): ...\n"
    )
    (folder / "test_two.py").write_text(
        "import pytest\npytestmark = pytest.mark.fault(1)\nclass TestIt:\n    def test_in_a_class(self): ...\n"
    )
    one = "tests/test_one.py::test_"
    assert marked_tests(folder) == {
        "1": [f"{one}itself", "tests/test_two.py::test_in_a_class"],
        "44a": [f"{one}itself"],
        "3": [f"{one}parameter"],
        "2": [f"{one}constant"],
    }


def test_the_marks_of_this_project_are_plain_values() -> None:
    """What is not written out cannot be read from the source."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
                assert all(isinstance(argument, ast.Constant) for argument in node.args), path
