"""verify margin: weights from a file, data from another, and one sentence for what cannot be read."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from verify.cli import main

CLASS = """
import torch

class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(2, 5, bias=False), torch.nn.Linear(5, 1, bias=False)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "margin_test_networks.py").write_text(CLASS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    torch.manual_seed(0)
    from margin_test_networks import Small  # type: ignore[import-not-found]

    model = Small()
    torch.save(model.state_dict(), "model.pt")
    x = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    x = x[np.abs(model(torch.tensor(x)).detach().numpy()[:, 0]) > 1e-2][:20]
    y = np.where(model(torch.tensor(x)).detach().numpy()[:, 0] > 0, "yes", "no")
    lines = ["a,label,b", *(f"{u},{word},{v}" for (u, v), word in zip(x, y, strict=True))]
    Path("data.csv").write_text("\n".join(lines))
    np.savez("data.npz", X=x, y=(y == "yes").astype(int))
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(main, ["margin", *arguments])


def test_text_and_json_from_both_kinds_of_data(folder):
    named = ("--class", "margin_test_networks:Small")
    table = call("model.pt", *named, "--data", "data.csv", "--target", "label")
    assert table.exit_code == 0, table.output
    assert "L = 2" in table.output and "20 constraints" in table.output
    arrays = call("model.pt", *named, "--data", "data.npz", "--format", "json")
    found = json.loads(arrays.output)
    assert found["violated"] == 0 and found["parameters"] == 15
    assert found["normalised"] > 0


def test_a_file_that_would_run_code_is_refused(folder):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (folder / "ran",))

    Path("evil.pt").write_bytes(pickle.dumps(Evil()))
    result = call("evil.pt", "--class", "margin_test_networks:Small", "--data", "data.npz")
    assert result.exit_code == 2
    assert "no plain weights" in result.output
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("model.pt", "--class", "Small", "--data", "data.npz"), "give module:Class"),
        (("model.pt", "--class", "nowhere_at_all:Small", "--data", "data.npz"), "No module named"),
        (("model.pt", "--class", "margin_test_networks:Large", "--data", "data.npz"), "has no Large"),
        (("none.pt", "--class", "margin_test_networks:Small", "--data", "data.npz"), "there is no file"),
        (("model.pt", "--class", "torch.nn:Identity", "--data", "data.npz"), "does not fit"),
        (("model.pt", "--class", "margin_test_networks:Small", "--data", "data.csv"), "--target"),
        (("model.pt", "--class", "margin_test_networks:Small", "--data", "data.txt"), "there is no file data.txt"),
    ],
)
def test_misuse_is_one_sentence_and_status_two(folder, arguments, sentence):
    result = call(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
