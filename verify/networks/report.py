"""What every report on a user's own network, noise or factorisation offers: plain lines, an HTML fragment, plain data."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar


class Report:
    """A frozen result. It prints as its text, and in a notebook as its HTML."""

    forms: ClassVar[str]
    """The module with the functions `text`, `html` and `as_json` of such a report; it is loaded when one is asked for."""

    @property
    def text(self) -> str:
        """The report in plain lines."""
        return import_module(self.forms).text(self)

    @property
    def html(self) -> str:
        """The report as one self-contained HTML fragment, with its figure where it has one."""
        return import_module(self.forms).html(self)

    @property
    def json(self) -> dict[str, Any]:
        """The report as plain data; numbers that are not defined or were not measured are null."""
        return import_module(self.forms).as_json(self)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html
