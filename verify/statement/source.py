"""Where a statement comes from, and how faithfully it is known to follow its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from verify.errors import StatementError


class Fidelity(Enum):
    """How far the statement has been compared with the text of its source."""

    CONFIRMED = "confirmed against the paper's own text"
    RECONSTRUCTED = "reconstructed from the literature; wording, constants and numbering are not confirmed"
    OWN = "our own"


CONFIRMED, RECONSTRUCTED, OWN = Fidelity.CONFIRMED, Fidelity.RECONSTRUCTED, Fidelity.OWN


@dataclass(frozen=True)
class Paper:
    """The source of a theorem.

    Args:
        authors: as cited, such as "Lyu & Li".
        year: of the version meant.
        title: of the paper.
        arxiv: identifier, with its version where known.
        result: the theorem's number in the paper; only with `fidelity=CONFIRMED`, and then required together with `arxiv`.
        fidelity: CONFIRMED, RECONSTRUCTED or OWN.

    Raises:
        StatementError: a CONFIRMED source without arXiv id or number, or a number on any other.
    """

    authors: str
    year: int
    title: str = ""
    arxiv: str | None = None
    result: str | None = None
    fidelity: Fidelity = RECONSTRUCTED

    def __post_init__(self) -> None:
        if self.fidelity is CONFIRMED and not (self.arxiv and self.result):
            raise StatementError(
                f"Paper({self.authors!r}) is CONFIRMED without an arXiv id and the result's number; give arxiv= and result=, or "
                "mark it RECONSTRUCTED"
            )
        if self.fidelity is not CONFIRMED and self.result:
            raise StatementError(
                f"Paper({self.authors!r}) prints the number {self.result!r} but is not CONFIRMED; leave result= out, or confirm it"
            )

    @property
    def citation(self) -> str:
        """One line: authors, year, title, arXiv id, number."""
        named = f", {self.title}" if self.title else ""
        where = f", arXiv:{self.arxiv}" if self.arxiv else ""
        return f"{self.authors} ({self.year}){named}{where}{f', {self.result}' if self.result else ''}"

    @property
    def bibtex(self) -> str:
        """A BibTeX entry."""
        key = "".join(ch for ch in self.authors.split()[0] if ch.isalpha()).lower() + str(self.year)
        lines = [f"  author = {{{self.authors.replace(' & ', ' and ')}}}", f"  year = {{{self.year}}}"]
        if self.title:
            lines.append(f"  title = {{{self.title}}}")
        if self.arxiv:
            lines += [f"  eprint = {{{self.arxiv}}}", "  archivePrefix = {arXiv}"]
        return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"
