"""The exceptions a user can meet, each carrying one sentence: what was given, what is allowed, what to do."""

from __future__ import annotations


class VerifyError(ValueError):
    """Base of every error that is the caller's to mend; the message is a whole sentence."""


class StatementError(VerifyError):
    """A declaration that cannot mean what was intended (a collapsed relation, an unknown symbol, an unbound axis)."""


class BadInput(VerifyError):
    """Data that the user supplied and that a check cannot be run on."""
