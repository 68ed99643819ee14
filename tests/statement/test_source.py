"""A theorem's number is printed only where the statement was compared with the paper's own text."""

from __future__ import annotations

import pytest

from verify.errors import StatementError
from verify.statement.source import CONFIRMED, OWN, RECONSTRUCTED, Paper


@pytest.mark.spec("greedy-low-rank/T3/E3")
@pytest.mark.parametrize("fidelity", [RECONSTRUCTED, OWN])
def test_what_is_not_confirmed_has_no_number(fidelity):
    assert "Theorem" not in Paper("Li, Luo & Lyu", 2020, "Towards", "2012.09839", fidelity=fidelity).citation
    with pytest.raises(StatementError, match="is not CONFIRMED"):
        Paper("Li, Luo & Lyu", 2020, "Towards", "2012.09839", "Theorem 5.1", fidelity)


@pytest.mark.parametrize("missing", ["arxiv", "result"])
def test_what_is_confirmed_says_where_it_stands(missing):
    whole = {"arxiv": "1906.05890", "result": "Theorem 4.1"}
    assert Paper("Lyu & Li", 2020, **whole, fidelity=CONFIRMED).citation.endswith("arXiv:1906.05890, Theorem 4.1")
    with pytest.raises(StatementError, match="without an arXiv id"):
        Paper("Lyu & Li", 2020, **{**whole, missing: None}, fidelity=CONFIRMED)
