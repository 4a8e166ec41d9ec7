"""``tastegraph rules``: what is in one basket with what, and what people of a kind choose."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import notes, print_json, results, step, table_of
from api.cli.options import Data, Json
from api.settings import Settings, one_thread_per_library


class Basket(StrEnum):
    """What makes a basket."""

    ORDER = "order"
    SESSION = "session"
    DAY = "day"
    PERSON = "person"


class Content(StrEnum):
    """What lies in one."""

    PRODUCT = "product"
    CATEGORY = "category"
    BRAND = "brand"


class Method(StrEnum):
    """How frequent sets are found."""

    FPGROWTH = "fpgrowth"
    APRIORI = "apriori"


class Side(StrEnum):
    """Where rules name an item."""

    IF = "if"
    THEN = "then"
    ANY = "any"


class Sort(StrEnum):
    """A measure of rules."""

    LIFT = "lift"
    SUPPORT = "support"
    CONFIDENCE = "confidence"
    LEVERAGE = "leverage"
    CONVICTION = "conviction"


class Label(StrEnum):
    """What rules name."""

    PRODUCT = "product"
    CATEGORY = "category"
    BRAND = "brand"
    PERSON = "person"


People = Annotated[bool, typer.Option("--people", help="Rules between traits of people and what they choose.")]
Item = Annotated[str | None, typer.Option(help="Only rules that name this.", metavar="ID")]
ItemLabel = Annotated[Label, typer.Option(help="What --item is; a person's trait is such as country=DE.")]
ItemSide = Annotated[Side, typer.Option(help="Where rules name --item.")]
By = Annotated[Sort, typer.Option(help="The measure by which they are ordered.")]


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Association rules: what goes with what.", no_args_is_help=True)
    group.command()(fit)
    group.command("list")(list_)
    group.command()(picture)
    return group


def fit(
    people: People = False,
    by: Annotated[
        Basket | None,
        typer.Option(help="What makes a basket; orders without it, where there are any, else days, else people."),
    ] = None,
    of: Annotated[Content, typer.Option(help="What lies in it.")] = Content.PRODUCT,
    action: Annotated[
        list[str] | None,
        typer.Option(help="What counts, such as bought or rated>=4; may be given again.", metavar="ACTION"),
    ] = None,
    support: Annotated[
        float | None,
        typer.Option(
            help="Least share of the baskets that hold all of a rule; 0.05 without, less where too little comes."
        ),
    ] = None,
    confidence: Annotated[float, typer.Option(help="Least share of those with the first part.")] = 0.2,
    lift: Annotated[float, typer.Option(help="Least factor by which the first part makes the second likelier.")] = 1.0,
    largest: Annotated[int, typer.Option(help="Most items of a rule.", min=2, max=10)] = 4,
    redundant: Annotated[
        bool, typer.Option("--redundant", help="Keep rules that say no more than one with a shorter first part.")
    ] = False,
    method: Annotated[Method, typer.Option(help="How frequent sets are found; both find the same.")] = Method.FPGROWTH,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Mine the rules of the current snapshot and keep them for serving."""
    one_thread_per_library()
    from api.folders import open_folder
    from api.rules import fit_rules
    from api.wiring import actions_of, open_view
    from graph.analytics.rules.mining import RuleSettings, TraitRuleSettings

    settings = Settings.read(data=data)
    folder = open_folder(settings)
    asked = (TraitRuleSettings if people else RuleSettings)(
        by=by.value if by else "",
        of=of.value,
        support=support,
        confidence=confidence,
        lift=lift,
        largest=largest,
        redundant=redundant,
        method=method.value,
    )
    with step("Mining rules") as progress:
        model, table = fit_rules(folder, open_view(folder), asked, action or [], actions_of(settings))
        progress.summary = f"{len(table):,} rules of {table.baskets:,} baskets by {model.settings['by']}"
    told = {
        "rules": len(table),
        "baskets": table.baskets,
        "by": model.settings["by"],
        "of": model.settings["of"],
        "support": table.support,
        "warnings": list(table.warnings),
        "model": f"{model.name}@{model.version}",
    }
    if json_:
        print_json(told)
    for warning in table.warnings:
        notes().print(f"warning: {warning}", markup=False)


def list_(
    item: Item = None,
    label: ItemLabel = Label.PRODUCT,
    side: ItemSide = Side.ANY,
    people: People = False,
    sort: By = Sort.LIFT,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="Rules with less are left out.")] = 0.0,
    min_lift: Annotated[float, typer.Option(min=0, help="Likewise.")] = 0.0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 20,
    data: Data = None,
    json_: Json = False,
) -> None:
    """List rules, the best first."""
    from api.rules import RuleQuestion, found

    asked = RuleQuestion(
        "people" if people else "baskets", item, label.value, side.value, sort.value, min_confidence, min_lift, limit
    )
    told = found(*_opened(data), asked)
    if json_:
        print_json(told)
        return
    rows = [
        {
            "rule": f"{' + '.join(each['name'] or each['id'] for each in rule['if'])} → "
            f"{rule['then']['name'] or rule['then']['id']}",
            "baskets": f"{rule['count']:,}",
            **{name: f"{rule[name]:.4f}" for name in ("support", "confidence", "lift", "leverage")},
            "conviction": "∞" if rule["conviction"] is None else f"{rule['conviction']:.4f}",
        }
        for rule in told["rules"]
    ]
    if rows:
        results().print(table_of(rows, list(rows[0])))
    else:
        typer.echo("no rule fits")
    for warning in told["warnings"]:
        notes().print(f"warning: {warning}", markup=False)


def picture(
    out: Annotated[Path, typer.Argument(help="File to write, as SVG.", metavar="FILE")],
    item: Item = None,
    label: ItemLabel = Label.PRODUCT,
    side: ItemSide = Side.ANY,
    people: People = False,
    sort: By = Sort.LIFT,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rules at most.")] = 25,
    data: Data = None,
) -> None:
    """Draw rules as a graph: a dot a rule, larger with its support and redder with its lift."""
    from api.rules import RuleQuestion
    from api.rules import picture as drawn

    asked = RuleQuestion("people" if people else "baskets", item, label.value, side.value, sort.value, limit=limit)
    told = drawn(*_opened(data), asked)
    out.write_text(told["svg"], encoding="utf-8")
    typer.echo(f"{out}: {len(told['rules'])} rules, {len(told['items'])} items")


def _opened(data: Path | None) -> tuple[Any, Any]:
    from api.folders import open_folder
    from api.wiring import open_view

    folder = open_folder(Settings.read(data=data))
    return folder, open_view(folder)
