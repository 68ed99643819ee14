"""The public names: all there, loaded on first use, and cheap until then."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import verify

HEAVY = {"torch", "cvxpy", "sympy", "scipy", "numpy", "sklearn", "matplotlib", "flint", "jinja2", "rich", "jsonschema"}
STUB = ast.parse(Path(verify.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))


def loaded_by(code: str) -> set[str]:
    printed = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(printed.stdout.split())


def test_importing_the_library_imports_nothing_that_computes():
    assert not HEAVY & loaded_by("import verify")


@pytest.mark.parametrize("name", sorted(verify.__all__))
def test_every_public_name_resolves(name):
    assert getattr(verify, name) is not None


def test_the_stub_exports_what_it_imports():
    exported = next(ast.literal_eval(node.value) for node in STUB.body if isinstance(node, ast.Assign))
    imported = [alias.name for node in STUB.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(exported) == sorted(imported) == sorted(verify.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Theorm"):
        verify.Theorm  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]  # the access is the test
