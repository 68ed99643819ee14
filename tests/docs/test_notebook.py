"""The example notebook runs, and theorems, reports, verdicts and network reports are shown in it as HTML."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient

from tests.docs.blocks import ROOT

NOTEBOOK = ROOT / "docs" / "tutorial" / "first_look.ipynb"


def test_the_notebook_runs_and_shows_tables(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are not committed: they go stale"
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = ["".join(output.data.get("text/html", "") for output in cell.outputs if "data" in output) for cell in cells]
    theorem, report, witness, verdict, noise = shown
    assert theorem.count("<math") == 7  # five symbols, a hypothesis, a conclusion
    assert "all as expected" in report
    assert "mutant[halves]" in report
    assert witness == ""
    assert "INCONCLUSIVE, estimated" in verdict
    assert "Gradient noise" in noise
