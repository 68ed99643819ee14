"""`verify coverage`: what counts as carried, what is listed, what fails, and what is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from verify.cli import main
from verify.coverage import coverage, inventory, lines
from verify.errors import BadInput

THEOREM = """
theorem = Theorem("x")
theorem.conclude("a", x > 0, spec=("margin-kkt/T4/C1", "margin-kkt/T4/C2"))
theorem.family("b", spec="margin-kkt/T4/R1")(None)
"""
TEST = """
import pytest
@pytest.mark.spec("margin-kkt/T4/E1", "margin-kkt/T4/E2")
def test_a(): pass
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.spec("margin-kkt/T4/X1"))])
class TestB:
    pytestmark = [pytest.mark.spec("margin-kkt/T4/X2")]
raise SystemExit("tests are not run")
"""


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("theorems/margin/x.py", THEOREM), ("tests/deep/test_x.py", TEST)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_ids_are_carried_by_declarations_and_by_marks_wherever_they_stand(project):
    found = coverage()
    assert {id.rpartition("/")[2]: places[0] for id, places in found.carried.items()} == {
        "C1": "theorems/margin/x.py:3", "C2": "theorems/margin/x.py:3", "R1": "theorems/margin/x.py:4",
        "E1": "tests/deep/test_x.py:3", "E2": "tests/deep/test_x.py:3", "X1": "tests/deep/test_x.py:5", "X2": "tests/deep/test_x.py:7",
    }  # fmt: skip


def test_without_a_prefix_every_theorem_that_has_a_carried_id_is_asked_for(project):
    found = coverage()
    assert {each.group for each in found.asked} == {"margin-kkt/T4"}
    assert len(found.asked) == sum(id.startswith("margin-kkt/T4/") for id in inventory())
    assert {each.group for each in coverage(["margin-kkt/T1"]).asked} == {"margin-kkt/T1"}  # and not T10, T11
    assert {each.group.partition("/")[0] for each in coverage(["margin-kkt"]).asked} == {"margin-kkt"}


def test_what_nothing_carries_is_missing_unless_optional_or_omitted(project):
    found = coverage()
    missing = {each.id for each in found.missing}
    assert "margin-kkt/T4/M1" in missing
    assert not missing & set(found.carried)
    optional = {each.id for each in found.open} - missing
    assert optional == {each.id for each in found.asked if each.level == "optional"}
    omitted = "\n".join(f'"{id}" = "for a reason"' for id in missing)
    (project / "theorems/omitted.toml").write_text(f"[omitted]\n{omitted}\n")
    assert coverage().missing == []
    assert list(lines(coverage()))[-1] == "nothing is missing"


def test_the_command_lists_what_is_missing_and_fails(project):
    run = lambda *arguments: CliRunner().invoke(main, ["coverage", *arguments])  # noqa: E731
    result = run("margin-kkt/T4")
    assert result.exit_code == 1
    assert "margin-kkt/T4: 7 of 40 carried, 0 omitted" in result.stdout
    assert "  margin-kkt/T4/M1  mutant (quick, MISSING)  " in result.stdout
    assert "  margin-kkt/T4/A4  ablation (optional)  " in result.stdout
    assert run("margin-kkt/T4/C1").exit_code == 0
    (project / "tests/deep/test_x.py").unlink()
    (project / "tests/deep").rmdir()
    (project / "tests").rmdir()
    assert run().stdout.startswith("there is no tests/ folder here: only theorem files are counted\n")
    unknown = run("margin-kkt/T99")
    assert unknown.exit_code == 2
    assert "no obligation is named 'margin-kkt/T99' or below it; the theorems of the inventory are" in unknown.stderr


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("theorems/y.py", "a.b(spec='margin-kkt/T4/C99')", "theorems/y.py:1 names 'margin-kkt/T4/C99', which the inventory does not have"),
        ("theorems/y.py", "a.b(spec=['margin-kkt/T4/C1'] * 2)", "theorems/y.py:1 computes its spec ids; write them out"),
        ("theorems/y.py", "a.b(spec=('margin-kkt/T4/C1', 'margin-kkt/T4/C1'))", "names 'margin-kkt/T4/C1' twice"),
        ("theorems/y.py", "def (", "theorems/y.py is not valid Python"),
        ("tests/test_y.py", "pytest.mark.spec('nonsense')", "tests/test_y.py:1 names 'nonsense', which the inventory does not have"),
        ("tests/test_y.py", "pytest.mark.spec(*IDS)", "tests/test_y.py:1 computes its spec ids"),
        ("theorems/omitted.toml", "[omitted]\n'margin-kkt/T4/C3' = ''", "omits 'margin-kkt/T4/C3' without a reason; write one"),
        ("theorems/omitted.toml", "[omitted]\n'margin-kkt/T4/C1' = 'x'", "omits 'margin-kkt/T4/C1', which theorems/margin/x.py:3 carries"),
        ("theorems/omitted.toml", "[omitted]\n'margin-kkt/T4/C99' = 'x'", "theorems/omitted.toml names 'margin-kkt/T4/C99'"),
        ("theorems/omitted.toml", "[omitted", "theorems/omitted.toml is not valid TOML"),
    ],
)  # fmt: skip
def test_errors_are_one_sentence_with_the_place(project, name, text, sentence):
    (project / name).write_text(text)
    with pytest.raises(BadInput) as error:
        coverage()
    assert sentence in str(error.value)


def test_every_id_of_the_inventory_is_unique_and_well_formed():
    found = inventory()
    assert len(found) > 900
    assert {each.level for each in found.values()} == {"quick", "thorough", "optional"}
    assert all(each.id == id and each.text for id, each in found.items())
