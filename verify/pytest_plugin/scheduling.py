"""Under pytest-xdist the cases of one family run in one process, so that they share their traces."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

_CASE = re.compile(r"(?P<file>.*?\.py)::(?:[A-Za-z0-9.-]+::)?[a-z]+\[[^\]]*\](?:-(?P<family>[^+]+))?")


def is_case(nodeid: str) -> bool:
    """Whether the id is that of a case of a theorem."""
    return _CASE.match(nodeid) is not None


def scope(nodeid: str) -> str:
    """What is run together: the cases of a file with the same first family, its steps; any other test alone."""
    case = _CASE.match(nodeid)
    return f"{case['file']}::{case['family'] or 'steps'}" if case else nodeid


class FamilyScheduling(LoadScopeScheduling):
    """Hands out families one by one, each to the process that is free."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)
