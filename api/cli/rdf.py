"""``tastegraph rdf``: the graph as RDF, out and in, and what it means; ``tastegraph sparql``: questions to it."""

from __future__ import annotations

import sys
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.settings import Settings

STANDARD_INPUT = "-"


class Form(StrEnum):
    """How statements are written."""

    TURTLE = "turtle"
    NTRIPLES = "ntriples"
    JSONLD = "jsonld"
    TRIG = "trig"


class RowForm(StrEnum):
    """How the rows of an answer are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XML = "xml"


ACCEPTED = {
    RowForm.TABLE: "text/csv, text/turtle",
    RowForm.JSON: "application/sparql-results+json, application/ld+json",
    RowForm.CSV: "text/csv, application/n-triples",
    RowForm.XML: "application/sparql-results+xml, application/rdf+xml",
}

Base = Annotated[str | None, typer.Option("--base", help="What IRIs begin with.", show_default="urn:tastegraph:")]
Mapping = Annotated[Path | None, typer.Option("--mapping", exists=True, help="What the file's words mean, in TOML.")]
Out = Annotated[Path | None, typer.Option("--out", help="File to write.", show_default="standard output")]


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="The graph as RDF: out, in, and what can be inferred.")
    group.command("export")(export)
    group.command("import")(import_)
    group.command("build")(build)
    group.command("reason")(reason)
    group.command("ontology")(ontology)
    group.command("shapes")(shapes)
    return group


def export(
    data: Data = None,
    form: Annotated[Form, typer.Option("--format", help="How statements are written.")] = Form.TURTLE,
    out: Out = None,
    base: Base = None,
) -> None:
    """Write the whole graph as RDF, in schema.org's terms and our own; it is streamed, whatever its size."""
    from api.folders import open_folder
    from api.knowledge import export_to

    with step("Writing RDF") as progress:
        told = export_to(open_folder(Settings.read(data=data)), out, form.value, base, progress)
        progress.summary = f"{told.statements:,} statements"


def import_(
    file: Annotated[Path, typer.Argument(help="Turtle, N-Triples, TriG or JSON-LD; .gz is unpacked.", metavar="FILE")],
    data: Data = None,
    mapping: Mapping = None,
    form: Annotated[Form | None, typer.Option("--format", help="Its format.", show_default="by its ending")] = None,
    base: Base = None,
    dry_run: Annotated[bool, typer.Option(help="Check only; write nothing.")] = False,
    json_: Json = False,
) -> None:
    """Read RDF into the graph: products and what is known of them, people and what they did.

    Statements that cannot be taken are reported with their line and the shape that they break; the others are kept.
    """
    from api.folders import open_folder
    from api.knowledge import import_from

    folder = open_folder(Settings.read(data=data))
    with step("Reading RDF") as progress:
        report = import_from(file, folder, mapping, form.value if form else None, base, dry_run, progress)
    if json_:
        print_json(report.as_json())
    else:
        typer.echo(report.text(), nl=False)
    if not dry_run:
        notes().print("next: tastegraph rdf reason, tastegraph snapshot build")


def build(data: Data = None) -> None:
    """Write the graph into a store of statements that answers SPARQL; it replaces the one before."""
    from api.folders import open_folder
    from api.knowledge import build_statements

    with step("Writing statements") as progress:
        built = build_statements(open_folder(Settings.read(data=data)), progress)
        progress.summary = f"{built.statements:,} statements"


def reason(
    data: Data = None,
    rules: Annotated[Path | None, typer.Option("--rules", exists=True, help="Rules of your own, as CONSTRUCT.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be inferred; write nothing.")] = False,
    json_: Json = False,
) -> None:
    """Infer what follows from knowledge, keep it with the name of its rule, and drop what follows no more."""
    from api.folders import open_folder
    from api.knowledge import infer

    with step("Reasoning") as progress:
        told = infer(open_folder(Settings.read(data=data)), rules, dry_run, progress)
        progress.summary = f"{sum(told.inferred.values()):,} facts"
    if json_:
        print_json(told.as_json())
        return
    for rule, count in told.inferred.items():
        typer.echo(f"{rule:<32} {count:>10,}")
    typer.echo(f"changed {told.changed:,} nodes; {told.left_out:,} conclusions are about nothing that knowledge joins")


def ontology() -> None:
    """Print the ontology: our own terms, and what they are kinds of."""
    from graph.rdf.ontology import shipped

    typer.echo(shipped("ontology"), nl=False)


def shapes() -> None:
    """Print the SHACL shapes: what each thing of an export looks like."""
    from graph.rdf.ontology import shipped

    typer.echo(shipped("shapes"), nl=False)


def sparql(
    query: Annotated[str, typer.Argument(help="A file with one query, or - for standard input.", metavar="QUERY.rq")],
    data: Data = None,
    form: Annotated[RowForm, typer.Option("--format", help="How the answer is written.")] = RowForm.TABLE,
    out: Out = None,
) -> None:
    """Ask the graph in SPARQL 1.1; the statements are built first when there are none."""
    from api.folders import open_folder
    from api.knowledge import ask
    from api.wiring import open_sparql

    text = sys.stdin.read() if query == STANDARD_INPUT else _read(Path(query))
    settings = Settings.read(data=data)
    with closing(open_sparql(settings, open_folder(settings))) as asker:
        answer = ask(asker, open_folder(settings), text, ACCEPTED[form], step)
    if answer.truncated:
        notes().print(
            f"cut off: most {answer.truncated} of one answer; see TASTEGRAPH_SPARQL__{answer.truncated.upper()}"
        )
    if out is not None:
        out.write_bytes(answer.content)
    elif form is RowForm.TABLE and answer.media_type.startswith("text/csv"):
        _print_table(answer.content)
    else:
        typer.echo(answer.content.decode().rstrip("\n"))


def _read(path: Path) -> str:
    from graph.errors import UnreadableFile

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(path, f"cannot be read ({error})", "name a file with one query") from error


def _print_table(content: bytes) -> None:
    import csv
    from io import StringIO

    from api.cli.console import results, table_of

    header, *rows = list(csv.reader(StringIO(content.decode())))
    numbered = [{str(place): cell for place, cell in enumerate(row)} for row in rows]
    results().print(table_of(numbered, header))
