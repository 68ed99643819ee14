"""`low_rank_report` on problems with known answers, from every kind of input, and on bad input."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import torch

from verify.errors import BadInput
from verify.networks.low_rank_report import low_rank_report

SIX = {(0, 2): 1.0, (0, 3): 2.0, (1, 2): 2.0}


def test_six_entries_end_above_the_nuclear_norm_and_moderate_scales_mislead() -> None:
    report = low_rank_report(entries=SIX, alphas=(1e-1, 1e-6, 1e-12))
    assert [saddle.rank for saddle in report.path] == [0, 1]
    trace = report.minimum_trace
    assert trace is not None and trace.gap == 0 and trace.certificate is not None and trace.certificate.unique
    assert [visit.distances[0] for visit in report.visits] == pytest.approx([5.73, 1.134, 0.01134], rel=2e-3)
    assert [visit.to_minimum_trace for visit in report.visits] == pytest.approx([0.076, 4.6, 5.646], rel=0.01)
    assert "8, exact" in report.text and "mislead" in report.text


def test_files_functions_and_measurements_agree(tmp_path) -> None:
    table = tmp_path / "entries.csv"
    table.write_text("i,j,value\n0,2,1\n0,3,2\n1,2,2\n")
    a = np.zeros((3, 4, 4))
    for k, (i, j) in enumerate(SIX):
        a[k, i, j] = a[k, j, i] = np.sqrt(0.5)
    arrays = tmp_path / "sensing.npz"
    np.savez(arrays, A=a, y=np.sqrt(2) * np.array(list(SIX.values())))

    def f(w: torch.Tensor) -> torch.Tensor:
        half = (w + w.T) / 2
        return sum((half[i, j] - value) ** 2 for (i, j), value in SIX.items())  # type: ignore[return-value]

    expected = low_rank_report(entries=SIX, alphas=(1e-2,)).visits[0]
    for other in (
        low_rank_report(file=table, alphas=(1e-2,)),
        low_rank_report(file=arrays, alphas=(1e-2,)),
        low_rank_report(f, size=4, alphas=(1e-2,)),
    ):
        assert other.visits[0].distances == pytest.approx(expected.distances, rel=1e-9)


def test_the_forms_hold_the_same_numbers_and_escape_nothing_by_accident() -> None:
    m = torch.diag(torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64))
    report = low_rank_report(lambda w: (w - m).square().sum() / 2, size=3, alphas=(1e-4, 1e-8))
    data = json.loads(json.dumps(report.json, allow_nan=False))
    assert [phase["rank"] for phase in data["path"]] == [0, 1, 2, 3]
    assert data["slopes"][0] == pytest.approx(1 / 3, abs=0.01) and data["slopes"][2] is None
    assert report.gaps == pytest.approx((0.5, 0.5, 1.0))
    ElementTree.fromstring(report.html)
    assert "src=" not in report.html and "<script" not in report.html


def test_what_cannot_be_done_is_said() -> None:
    double = low_rank_report(
        lambda w: (w - torch.diag(torch.tensor([2.0, 2.0, 1.0], dtype=torch.float64))).square().sum(), size=3
    )
    assert len(double.path) == 1 and "multiple" in double.text
    rest = low_rank_report(lambda w: w.square().sum(), size=2)
    assert "no positive eigenvalue" in rest.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "no problem"),
        ({"f": lambda w: w[0, 1] ** 2 + w[0, 1], "size": 2}, "not symmetric"),
        ({"f": lambda w: w.sum()}, "size=None"),
        ({"entries": SIX, "file": "x.csv"}, "entries and file"),
        ({"entries": {(0, 0): 1, (0, 1): 2, (1, 1): 1}}, "infeasible"),
        ({"entries": {(0, 1): 1.0, (1, 0): 2.0}}, "differ"),
        ({"entries": {}}, "no entries"),
        ({"entries": SIX, "start": np.diag([1.0, 1, 1, -1])}, "positive definite"),
        ({"entries": SIX, "start": np.triu(np.ones((4, 4)))}, "not symmetric"),
        ({"entries": SIX, "start": np.eye(3)}, "shape"),
        ({"entries": SIX, "alphas": (1e-4, 1e-2)}, "falling"),
        ({"measurements": np.ones((1, 2, 2))}, "observed"),
        ({"measurements": np.full((1, 2, 2), np.nan), "observed": np.ones(1)}, "finite"),
        ({"file": "nowhere.csv"}, "no file"),
    ],
)
def test_bad_input_is_one_sentence(arguments, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        low_rank_report(**arguments)
    assert "\n" not in str(caught.value)
