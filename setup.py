"""Which folders are installed, and under which names; everything else stands in pyproject.toml, which cannot rename a folder."""

from setuptools import find_namespace_packages, setup

theorems = ["verify_theorems", *(f"verify_theorems.{name}" for name in find_namespace_packages("theorems"))]

setup(
    packages=[*find_namespace_packages(include=["verify", "verify.*"]), *theorems, "verify_theorems.reports"],
    package_dir={"verify_theorems": "theorems", "verify_theorems.reports": "reports"},
)
