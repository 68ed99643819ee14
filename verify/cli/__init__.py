"""The command line: one thin function a command, and each imports what it needs when it runs, so that `--help` is instant.

Exit status: 0 when everything came out as expected, 1 when not, 2 for misuse (with one sentence on stderr).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

import verify
from verify.errors import BadInput, VerifyError
from verify.options import LEVELS, REPORTS

_SETTINGS = {"help_option_names": ["-h", "--help"]}


class _Commands(click.Group):
    """Turns every error that is the user's to mend into one sentence and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except VerifyError as error:
            click.echo(f"verify: {error}", err=True)
            ctx.exit(2)


@click.group(cls=_Commands, context_settings=_SETTINGS)
@click.version_option(verify.__version__, prog_name="verify")
def main() -> None:
    """Theorems of deep-learning optimisation theory as executable objects."""


@main.command("list")
def list_() -> None:
    """Names of theorems and conjectures, with the status in the ledger; nothing is imported or run."""
    from verify.cli.listing import rows

    for row in rows():
        click.echo(row)


@main.command()
@click.argument("target", metavar="NAME | FILE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "latex", "html", "json", "bibtex"]),
    default="text",
    show_default=True,
)
def show(target: str, form: str) -> None:
    """The statement of one theorem: setting, hypotheses, conclusions, proof, attacks."""
    from verify.cli.showing import shown_as

    click.echo(shown_as(target, form))


@main.command()
@click.argument("targets", nargs=-1, metavar="[NAME | PATH | NAME::CASE]...")
@click.option("--level", type=click.Choice(LEVELS), default="quick", show_default=True)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Instances and experiments draw from streams derived from it.",
)
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or cuda:N.")
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path),
    default=REPORTS,
    show_default=True,
    help="Folder of records and report.",
)
@click.option(
    "--json", "also", type=click.Path(path_type=Path, dir_okay=False), help="Write report.json to this file too."
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the records of an interrupted run of the same seed, level and statements.",
)
@click.option("--strict", is_flag=True, help="Refuse half-declared theorems.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Check on your own table (CSV or NPZ) instead of the theorem's families.",
)
@click.option("--target", help="The column of the labels in --data.")
@click.option("--private", is_flag=True, help="Reports hold hashes of the rows of --data, never the rows.")
def check(**given: Any) -> None:
    """Check theorems: decide every case, check every proof step, write records and report.

    Without arguments, every theorem of theorems/ is checked.
    """
    from verify.cli.checking import Request, run

    sys.exit(run(Request(**given)))


@main.command()
@click.argument("name")
def new(name: str) -> None:
    """Write a theorem file that runs as it is: theorems/NAME.py, or NAME.py where there is no folder theorems."""
    from verify.cli.creating import created

    path = created(name)
    click.echo(f"wrote {path}; check it with `verify check {path}`")


@main.command()
@click.argument("weights", type=click.Path(path_type=Path), metavar="MODEL.pt")
@click.option("--class", "named", required=True, help="Your own module:Class, made without arguments; it is imported.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="A .csv, or an .npz with arrays X and y.")
@click.option("--target", help="The column of the .csv that holds the labels.")
@click.option("--format", "form", type=click.Choice(["text", "html", "json"]), default="text", show_default=True)
def margin(weights: Path, named: str, data: Path, target: str | None, form: str) -> None:
    """Margins, loss and KKT conditions of a trained network: weights from MODEL.pt (a state dictionary) alone."""
    import json

    from verify.networks.margin_files import data_from, model_from
    from verify.networks.margin_report import margin_report

    report = margin_report(model_from(weights, named), *data_from(data, target))
    click.echo({"text": report.text, "html": report.html, "json": json.dumps(report.json, indent=1)}[form])


@main.command("modified-equation")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--order", type=int, default=2, show_default=True, help="The weak order to reach, 1 or more.")
def modified_equation(file: Path, order: int) -> None:
    """The stochastic differential equation that an optimiser follows to a weak order, decided exactly.

    FILE is Python, and is run; it assigns an Update to the name `update`.
    """
    from verify.proof.weak_order.command import modified_equation_of_file

    click.echo(modified_equation_of_file(file, order))


@main.command()
@click.argument("prefixes", nargs=-1, metavar="[PREFIX]...")
def coverage(prefixes: tuple[str, ...]) -> None:
    """Obligations of the specifications that no theorem file and no test carries; PREFIX is such as margin-kkt/T4."""
    from verify.coverage import coverage as survey
    from verify.coverage import lines
    from verify.loading import default_folder

    found = survey(prefixes, default_folder())
    for line in lines(found):
        click.echo(line)
    sys.exit(1 if found.missing else 0)


@main.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="Rebuild claims and statements from these theorem files and compare.",
)
def audit(report: Path, against: Path | None) -> None:
    """Re-check every certificate of a report with the kernel alone."""
    from verify.cli.auditing import audited

    sys.exit(audited(report, against))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=REPORTS)
def report(folder: Path) -> None:
    """Build the pages of a report again from its report.json, and print its summary."""
    from verify.report.read import read
    from verify.report.site import write
    from verify.report.terminal import shown

    if not (folder / "report.json").is_file():
        raise BadInput(
            f"{folder} holds no report.json; give the folder that `verify check` or pytest wrote a report to"
        )
    found = read(folder / "report.json")
    click.echo(shown(found), nl=False)
    click.echo(f"report: {write(found, folder)}")


@main.command()
@click.argument("target", metavar="NAME | FILE")
@click.option("--conclusion", help="What to attack, by name or id; without it, every conclusion in turn.")
@click.option("--mutant", help="Attack a false variant instead, by name or id.")
@click.option(
    "--drop", multiple=True, help="A hypothesis, by name or id, that the instance is to break; may be repeated."
)
@click.option(
    "--budget",
    type=float,
    default=120.0,
    show_default=True,
    help="Seconds of processor time for searching and shrinking.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the search and of the experiments.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or cuda:N.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the witness, or what was survived, here."
)
@click.option("--format", "form", type=click.Choice(["text", "latex", "json"]), default="text", show_default=True)
def probe(**given: Any) -> None:
    """Search for a counterexample: every hypothesis holds, but the dropped ones, and the conclusion is refuted.

    Exit status 1 when a theorem's own conclusion is refuted with every hypothesis in place.
    """
    from verify.cli.probing import probed

    sys.exit(probed(**given))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against", type=click.Path(path_type=Path), help="The theorem file; by default the theorem of that name."
)
@click.option("--format", "form", type=click.Choice(["text", "latex"]), default="text", show_default=True)
def replay(file: Path, against: Path | None, form: str) -> None:
    """Decide a witness again, from its file and the theorem file alone."""
    from verify.cli.probing import replayed

    sys.exit(replayed(file, against, form))
