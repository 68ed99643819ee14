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
        ({"entries": SIX, "file": "x.csv"}, "exactly one"),
        ({"entries": [(0, 1, 1.0)]}, "list"),
        ({"entries": {(0, 1.5): 1.0}}, "whole numbers"),
        ({"entries": {(0, 1, 2): 1.0}}, "whole numbers"),
        ({"entries": {(0, 1): "x"}}, "real number"),
        ({"entries": {(0, 1): float("nan")}}, "finite"),
        ({"entries": {(0, 1): 1e300}}, "unit"),
        ({"entries": {(0, -1): 1.0}}, "outside"),
        ({"entries": {(0, 10**9): 1.0}}, "outside"),
        ({"entries": SIX, "size": 10**9}, "size=1000000000"),
        ({"entries": SIX, "size": 0}, "size=0"),
        ({"entries": SIX, "observed": np.ones(3)}, "belong together"),
        ({"f": lambda w: w.sum(), "size": 2.5}, "size=2.5"),
        ({"f": 3, "size": 2}, "function"),
        ({"f": lambda w: 3.0, "size": 2}, "scalar tensor"),
        ({"f": lambda w: w[0], "size": 2}, "scalar tensor"),
        ({"f": lambda w: w[0, 1] ** 2 * w[0, 0] - w.trace(), "size": 2}, "not symmetric"),
        ({"f": lambda w: -w[0, 0], "size": 2}, "bounded below"),
        ({"measurements": np.ones((0, 2, 2)), "observed": np.ones(0)}, "at least one"),
        ({"measurements": np.ones((1, 2, 3)), "observed": np.ones(1)}, "shape"),
        ({"measurements": np.ones((1, 2, 2)), "observed": np.ones(2)}, "shape"),
        ({"measurements": [[[1, 2], [3]]], "observed": [1]}, "real numbers"),
        ({"measurements": 1j * np.ones((1, 2, 2)), "observed": np.ones(1)}, "real numbers"),
        ({"measurements": np.zeros((1, 2, 2)), "observed": np.ones(1)}, "unit"),
        ({"measurements": np.eye(300)[None], "observed": np.ones(1)}, "size=300"),
        ({"measurements": np.eye(2)[None], "observed": np.ones(1), "size": 3}, "leave size out"),
        ({"entries": SIX, "start": np.full((4, 4), np.nan)}, "finite"),
        ({"entries": SIX, "start": np.eye(4) * 1e-200}, "alphas"),
        ({"entries": SIX, "alphas": ()}, "falling"),
        ({"entries": SIX, "alphas": 1e-3}, "sequence"),
        ({"entries": SIX, "alphas": (float("inf"), 1e-2)}, "falling"),
        ({"entries": SIX, "alphas": (1e-2, float("nan"))}, "falling"),
    ],
)
def test_bad_input_is_one_sentence(arguments, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        low_rank_report(**arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("entries.csv", b"", "columns none"),
        ("entries.csv", b"i;j;value\n0;1;1\n", "columns i;j;value"),
        ("entries.csv", b"i,j,value\n", "no entries"),
        ("entries.csv", b"i,j,value\n0,1,x\n", "line 2"),
        ("entries.csv", b"i,j,value\n0,1\n", "line 2"),
        ("entries.csv", b"i,j,value\n0,1,2,3\n", "line 2"),
        ("entries.csv", b"i,j,value\n0,1,nan\n", "finite"),
        ("entries.csv", b"i,j,value\n0,1,1\n0,1,2\n", "line 3"),
        ("entries.csv", b"i,j,value\n0,99999999,1\n", "outside"),
        ("entries.csv", b"i,j,value\n0," + b"9" * 200000 + b",1\n", "table of text"),
        ("entries.csv", bytes(range(256)), "table of text"),
        ("entries.txt", b"i,j,value\n0,1,1\n", "ends on '.txt'"),
        ("sensing.npz", b"not a zip", "numeric arrays"),
        ("sensing.npz", b"PK\x03\x04" + bytes(60), "numeric arrays"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=says) as caught:
        low_rank_report(file=path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def test_arrays_of_objects_are_not_unpickled(tmp_path) -> None:
    path = tmp_path / "sensing.npz"
    np.savez(path, A=np.array([None, {}], dtype=object), y=np.ones(1))
    with pytest.raises(BadInput, match="numeric arrays") as caught:
        low_rank_report(file=path)
    assert "pickle" not in str(caught.value)


def test_a_table_may_have_spaces_and_a_byte_order_mark(tmp_path) -> None:
    path = tmp_path / "entries.csv"
    path.write_bytes("\ufeffi, j, value\n0, 1, 1\n".encode())
    assert low_rank_report(file=path, alphas=(1e-2,)).size == 2


def test_a_stiff_function_is_followed_in_the_steps_that_it_needs() -> None:
    report = low_rank_report(lambda w: w[0, 0] ** 6 - w[0, 0], size=1, alphas=(1e-2,))
    # The minimum solves 6 w^5 = 1, where the flow is five times as fast as it leaves 0.
    assert float(report.path[-1].matrix[0, 0]) == pytest.approx(6**-0.2, rel=1e-9)
    assert report.visits[0].distances[0] < 1e-9
