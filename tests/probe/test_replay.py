"""A witness is decided again from its file; one that was altered is refused, and none can run anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.probe.conjectures import MEANS, WALKS
from verify.cli import main
from verify.errors import BadInput
from verify.probe.find import find_counterexample
from verify.probe.replay import replay
from verify.probe.witness import seal


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("probe") / "means.py"
    file.write_text(MEANS)
    return json.dumps(find_counterexample(file, mutant="a-third", budget=2).witness)


@pytest.fixture
def witness(tmp_path, monkeypatch, content) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "means.py").write_text(MEANS)
    (tmp_path / "w.json").write_text(content)
    return tmp_path / "w.json"


def altered(path: Path, change, reseal: bool = False) -> Path:
    content = json.loads(path.read_text())
    change(content)
    if reseal:
        names = ("theorem", "claim", "dropped", "statement", "setting", "formula", "resolution", "space")
        content["hash"] = seal({name: content[name] for name in names}, content["point"], content["expected"])
    path.write_text(json.dumps(content))
    return path


def test_it_replays(witness):
    found = replay(witness, "means.py")
    assert found.ok and str(found).startswith("replayed: means::a-third: REFUTED, exact")


def test_the_instance_that_it_shows_is_the_one_that_is_decided(witness):
    def shows_another(content):
        name = next(iter(content["instance"]))
        content["instance"][name] = "12345"

    with pytest.raises(BadInput, match="the instance that it shows"):
        replay(altered(witness, shows_another, reseal=True), "means.py")


def easier_formula(content):
    content["formula"] = ["lt", ["var", "total"], ["var", "total"]]


def other_resolution(content):
    content["resolution"] = "1"


def drops_one_more(content):
    content["dropped"] = ["nonnegative"]


def is_the_conclusion(content):
    content["claim"] = {"kind": "conclusion", "name": "means"}


def other_statement(content):
    content["statement"] = "0" * 64


@pytest.mark.parametrize("reseal", [False, True])
@pytest.mark.parametrize("change", [easier_formula, other_resolution, is_the_conclusion, other_statement])
def test_an_easier_problem_is_refused(witness, change, reseal):
    """Even with the hash made anew: what is refuted is rebuilt from the theorem file."""
    with pytest.raises(BadInput, match="made for another problem"):
        replay(altered(witness, change, reseal), "means.py")


def test_a_hypothesis_that_is_dropped_afterwards_must_be_broken(witness):
    with pytest.raises(BadInput, match="was altered"):
        replay(altered(witness, drops_one_more), "means.py")
    found = replay(altered(witness, drops_one_more, reseal=True), "means.py")
    assert not found.ok and "it is no instance: nonnegative is HOLDS" in str(found)


def test_a_theorem_file_that_changed_is_another_problem(witness):
    Path("means.py").write_text(MEANS.replace("(total / 3) ** 2", "(total / 4) ** 2"))
    with pytest.raises(BadInput, match="made for another problem"):
        replay(witness, "means.py")


def breaks_a_hypothesis(content):
    content["point"]["values"] = ["-3", "-3"]


def holds_there(content):
    content["point"]["values"] = ["0", "1"]


def hardly_refutes(content):
    content["expected"]["violation"] = 1e6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (breaks_a_hypothesis, "it is no instance: nonnegative is REFUTED"),
        (holds_there, "HOLDS"),
        (hardly_refutes, "was expected"),
    ],
)
def test_another_element_is_decided_on_its_merits(witness, change, sentence):
    found = replay(altered(witness, change, reseal=True), "means.py")
    assert not found.ok and sentence in str(found)


def test_another_element_without_its_hash_is_refused(witness):
    with pytest.raises(BadInput, match="was altered"):
        replay(altered(witness, breaks_a_hypothesis), "means.py")


def outside(content):
    content["point"]["values"] = ["11", "11"]


def off_the_grid(content):
    content["point"]["values"] = ["1/3", "1"]


def longer(content):
    content["point"]["values"] = ["1", "1", "1"]


def code(content):
    content["point"]["values"] = ["__import__('os').system('touch ran')", "1"]


def a_float(content):
    content["point"]["values"] = [1.5, "1"]


def not_lowest(content):
    content["point"]["values"] = ["2/4", "1"]


def ragged(content):
    content["point"]["values"] = ["1", ["1"]]


def deep(content):
    content["point"]["values"] = [[[[[["1"]]]]]]


@pytest.mark.parametrize("change", [outside, off_the_grid, longer, code, a_float, not_lowest, ragged, deep])
def test_coordinates_outside_the_space_are_refused(witness, change):
    with pytest.raises(BadInput):
        replay(altered(witness, change, reseal=True), "means.py")
    assert not Path("ran").exists()


def test_a_witness_cannot_name_a_file(witness):
    """Reading a theorem file runs it, so that a name must be one of theorems/."""
    Path("evil.py").write_text(MEANS + "\nfrom pathlib import Path\nPath('ran').touch()\n")

    def names_a_file(content):
        content["theorem"] = "evil.py"

    with pytest.raises(BadInput, match=r"no theorem 'evil.py'|no folder theorems"):
        replay(altered(witness, names_a_file))
    assert not Path("ran").exists()


@pytest.mark.parametrize("name", ["answer", "grade", "violation", "seed"])
@pytest.mark.parametrize("value", [None, [], "x", -1, 10**400, [[1]]])
def test_an_expected_verdict_of_the_wrong_type_is_refused(witness, name, value):
    def change(content):
        content["expected"][name] = value

    with pytest.raises(BadInput):
        replay(altered(witness, change), "means.py")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"kind": "witness"}', '{"kind": "witness", "schema": NaN}', "[" * 100_000]
)
def test_a_file_that_is_no_witness_is_one_sentence(witness, text):
    witness.write_text(text)
    with pytest.raises(BadInput):
        replay(witness, "means.py")


def test_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "walks.py").write_text(WALKS)
    run = CliRunner().invoke
    probed = run(main, ["probe", "walks.py", "--budget", "2", "--out", "w.json"])
    assert probed.exit_code == 0 and "COUNTEREXAMPLE to walks-rise::monotone" in probed.output
    line = json.loads(Path("w.json").read_text())["reproduce"]
    assert line == "verify replay w.json --against walks.py"
    again = run(main, line.split()[1:])
    assert again.exit_code == 0 and again.output.startswith("replayed: ")
    paper = run(main, [*line.split()[1:], "--format", "latex"])
    assert paper.output.startswith(r"\begin{example}[walks-rise]") and paper.output.strip().endswith(r"\end{example}")
    assert paper.output.count("{") == paper.output.count("}")
    assert run(main, ["replay", "nowhere.json"]).exit_code == 2
