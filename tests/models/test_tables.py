"""A user's files: exact decimals, and one clear sentence for everything that cannot be used."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.errors import BadInput
from verify.models.tables import read_table

GOOD = "a,b,y\n0.1,2,yes\n-1e-3,.5,no\n"


def table(folder, text, name="data.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_decimals_are_exact(tmp_path):
    data = read_table(table(tmp_path, GOOD), target="y")
    assert data.inputs.tolist() == [[Fraction(1, 10), Fraction(2)], [Fraction(-1, 1000), Fraction(1, 2)]]
    assert data.labels.tolist() == [1, -1]
    assert data.classes == ("no", "yes")
    assert data.features == ("a", "b")


def test_larger_number_is_the_positive_class(tmp_path):
    data = read_table(table(tmp_path, "y,a\n10,1\n9.0,2\n10.0,3\n"), target="y")
    assert data.labels.tolist() == [1, -1, 1]
    assert data.classes == ("9", "10")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,y\n", "no rows"),
        ("a,b\n1,2\n", "has no column 'y'; its columns are 'a', 'b'"),
        ("y\n1\n0\n", "no column beside 'y'"),
        ("a,a,y\n1,2,1\n", "'a' occurs twice"),
        ("a,y\n1,1\n2\n", "row 2 of data.csv has 1 cells, and the header has 2"),
        ("a,y\n1,1\n2,0,3\n", "row 2 of data.csv has 3 cells"),
        ("a,y\n1,1\nx,0\n", "row 2, column 'a' is 'x', which is not a decimal"),
        ("a,y\n1,1\n1_0,0\n", "row 2, column 'a' is '1_0'"),
        ("a,y\n1,1\n1e9999,0\n", "row 2, column 'a' is '1e9999'"),
        ("a,y\n1,1\n1/3,0\n", "row 2, column 'a' is '1/3'"),
        ("a,y\n1,1\n" + "1" * 5000 + ",0\n", r"row 2, column 'a' is '1{37}\.\.\.'"),
        ("a,y\n1,1\n,0\n", "row 2, column 'a' is empty"),
        ("a,y\nnan,1\n2,0\n", "row 1, column 'a' is nan"),
        ("a,y\n1,1\n-inf,0\n", "row 2, column 'a' is -inf"),
        ("a,y\n1,\n2,0\n", "row 1 has no label"),
        ("a,y\n1,nan\n2,0\n", "row 1 has no label"),
        ("a,y\n1,1\n2,1\n", "every row has the label '1'"),
        ("a,y\n1,1\n2,2\n3,3\n", "3 different values"),
        ("a,y\n1,1\n1.0,0\n", "rows 1 and 2 are equal and have opposite labels"),
    ],
)
def test_bad_csv_gets_one_sentence(tmp_path, text, sentence):
    with pytest.raises(BadInput, match=sentence) as caught:
        read_table(table(tmp_path, text), target="y")
    assert "\n" not in str(caught.value)


def test_bad_files_get_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_table(tmp_path / "missing.csv", target="y")
    with pytest.raises(BadInput, match="neither a CSV nor an NPZ"):
        read_table(table(tmp_path, GOOD, "data.xls"), target="y")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("a,y\n1,\xe9\n".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        read_table(latin, target="y")


def test_npz_with_a_table_or_with_columns(tmp_path):
    path, x = tmp_path / "data.npz", np.array([[0.1, 2.0], [3.0, -4.5]])
    np.savez(path, x=x, y=np.array(["b", "a"]))
    data = read_table(path, target="y")
    assert data.inputs[0, 0] == Fraction(0.1) != Fraction(1, 10)
    assert data.labels.tolist() == [1, -1]
    np.savez(path, first=x[:, 0], second=np.array([1, 2]), y=np.array([0, 1]))
    data = read_table(path, target="y")
    assert data.features == ("first", "second")
    assert data.inputs[1].tolist() == [Fraction(3), Fraction(2)]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": np.ones((2, 2))}, "has no array 'y'"),
        ({"y": np.array([0, 1])}, "arrays none"),
        ({"x": np.array([[1.0, np.nan], [0, 1]]), "y": np.array([0, 1])}, r"row 1, column 'x\[1\]' is nan"),
        ({"x": np.eye(2), "y": np.array([0.0, np.inf])}, "row 2 has the label inf"),
        ({"x": np.eye(3), "y": np.array([0, 1])}, "3 rows, and there are 2 labels"),
        ({"x": np.eye(2) * 1j, "y": np.array([0, 1])}, "dtype complex128"),
        ({"x": np.eye(2), "z": np.eye(2), "y": np.array([0, 1])}, "give one two-dimensional array"),
        ({"x": np.eye(2), "y": np.eye(2)}, "give one number or string for each row"),
        ({"x": np.array([{}, {}]), "y": np.array([0, 1])}, "without pickled objects"),
    ],
)
def test_bad_npz_gets_one_sentence(tmp_path, arrays, sentence):
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    with pytest.raises(BadInput, match=sentence):
        read_table(path, target="y")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"plain text"])
def test_damaged_npz_gets_one_sentence(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"is empty|is no NPZ"):
        read_table(path, target="y")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text("ay01.,-e\n\"'naif ", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        data = read_table(path, target="y")
    except BadInput as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ends are allowed
    else:
        assert set(data.labels) == {1, -1}
