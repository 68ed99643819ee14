"""Certificates of kind "identity" and "inequality": the difference left - right, as core/reasons.py takes it."""

from __future__ import annotations

from typing import Any

from . import facts
from .budget import with_room
from .core.expressions import Expression, validate
from .core.field import Field
from .core.reasons import Reasons
from .goals import ASSUMED, Setting
from .refusals import entry

Given = dict[str, list[Expression]]


def check_difference(setting: Setting, given: Given, goal: Expression, certificate: dict[str, Any]) -> None:
    """Refuse, with a sentence, unless the certificate holds a difference that proves the relation `goal`."""
    check_relation(setting, given, goal, entry(certificate, "difference", (str, list), "the certificate"))


def check_relation(setting: Setting, given: Given, goal: Expression, difference: Any) -> None:
    """Refuse, with a sentence, unless `difference` proves the relation `goal` from the unfolded relations in `given`."""
    unfolded = setting.unfold(validate(difference, setting.names() | {"g": given}, "r"))
    with_room(lambda generators: informed(Field(setting, generators), given).prove(goal, unfolded))


def informed(field: Field, given: Given) -> Reasons:
    """Reasons in a field that has learned the signs which the given relations show."""
    facts.learn(field, [p for name, relations in given.items() if name != ASSUMED for p in relations])
    facts.learn(field, given.get(ASSUMED, []), local=True)
    return Reasons(field, given)
