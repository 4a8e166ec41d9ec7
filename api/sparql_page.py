"""Writes the reference page of SPARQL examples: ``python -m api.sparql_page docs/reference/sparql.md``.

Each question is asked of a simulated town, the same one each time, and stands on the page with its answer.
"""

from __future__ import annotations

import csv
import sys
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.folder import DataFolder
from graph.load import load
from graph.rdf.knowledge import build_knowledge
from graph.rdf.reasoning import reason
from graph.rdf.results import Limits
from graph.rdf.rules import shipped_rules
from graph.rdf.sparql import Sparql
from graph.simulate import TownSettings, simulate_town

PEOPLE = 300
SHOWN = 5

HEAD = f"""# SPARQL by example

Ten questions, each with the first {SHOWN} rows of its answer, asked of a simulated town of {PEOPLE} people
(`tastegraph simulate town --people {PEOPLE}`, `tastegraph load town/mapping.toml`, `tastegraph rdf reason`). The
prefixes need no declaration; see the [guide](../guides/knowledge.md). This page is written by
`python -m api.sparql_page`.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and what it asks."""

    title: str
    query: str


EXAMPLES = (
    Example(
        "What did the people whom somebody follows buy last?",
        """SELECT ?name ?product ?at WHERE {
  <urn:tastegraph:user:u006> schema:follows ?friend . ?friend schema:name ?name .
  ?act a schema:BuyAction ; schema:agent ?friend ; schema:object/schema:name ?product ; schema:startTime ?at
} ORDER BY DESC(?at) ?name ?product LIMIT 5""",
    ),
    Example(
        "Which brands do those who bought one brand buy too?",
        """SELECT ?other (COUNT(DISTINCT ?person) AS ?people) WHERE {
  ?brand schema:name "Briolund" . ?person tg:bought/schema:brand ?brand , ?another .
  ?another schema:name ?other FILTER(?another != ?brand)
} GROUP BY ?other ORDER BY DESC(?people) ?other LIMIT 5""",
    ),
    Example(
        "How many products has each category, those below it included?",
        """SELECT ?name (COUNT(DISTINCT ?product) AS ?products) WHERE {
  ?category a tg:Category ; schema:name ?name . ?product a schema:Product ; schema:category/tg:parent* ?category
} GROUP BY ?category ?name ORDER BY DESC(?products) ?name LIMIT 5""",
    ),
    Example(
        "What does a rule say of a product that nobody has stated?",
        """SELECT ?rule ?predicate ?name WHERE {
  GRAPH ?rule { <urn:tastegraph:product:p019> ?predicate ?thing } ?thing schema:name ?name
} ORDER BY ?rule ?name LIMIT 5""",
    ),
    Example(
        "Who is followed most by people of the same city?",
        """SELECT ?name ?city (COUNT(?follower) AS ?followers) WHERE {
  ?follower schema:follows ?person ; tg:city ?city . ?person tg:city ?city ; schema:name ?name
} GROUP BY ?person ?name ?city ORDER BY DESC(?followers) ?name LIMIT 5""",
    ),
    Example(
        "Which products have the best mean of at least four ratings?",
        """SELECT ?product (AVG(?stars) AS ?mean) (COUNT(*) AS ?ratings) WHERE {
  ?review a tg:RatedReview ; schema:itemReviewed/schema:name ?product ; schema:reviewRating/schema:ratingValue ?stars
} GROUP BY ?product HAVING(COUNT(*) >= 4) ORDER BY DESC(?mean) ?product LIMIT 5""",
    ),
    Example(
        "What was looked at often and never bought?",
        """SELECT ?product (SUM(?times) AS ?views) WHERE {
  ?act a schema:ViewAction ; schema:object ?thing ; tg:count ?times . ?thing schema:name ?product
  FILTER NOT EXISTS { ?anybody tg:bought ?thing }
} GROUP BY ?product ORDER BY DESC(?views) ?product LIMIT 5""",
    ),
    Example(
        "Which posts speak of a product that their author bought?",
        """SELECT ?author ?product WHERE {
  ?person tg:posted ?post ; schema:name ?author ; tg:bought ?thing . ?post schema:mentions ?thing .
  ?thing schema:name ?product
} ORDER BY ?author ?product LIMIT 5""",
    ),
    Example(
        "By which way does a product reach somebody: brand, category or people?",
        """SELECT DISTINCT ?way ?through WHERE {
  ?person schema:name "Ben Andersson" . ?product schema:name "Elvalis Little Lipsticks 910"
  { ?person tg:bought/schema:brand ?x . ?product schema:brand ?x BIND("brand" AS ?way) }
  UNION { ?person tg:bought/schema:category ?x . ?product schema:category ?x BIND("category" AS ?way) }
  UNION { ?person schema:follows ?x . ?x tg:bought ?product BIND("people" AS ?way) }
  ?x schema:name ?through
} ORDER BY ?way ?through LIMIT 5""",
    ),
    Example(
        "What is there at all?",
        """SELECT ?class (COUNT(?thing) AS ?things) WHERE { ?thing a ?class }
GROUP BY ?class ORDER BY DESC(?things) LIMIT 5""",
    ),
)


def page() -> str:
    """The whole page, as Markdown."""
    with TemporaryDirectory() as place:
        folder = DataFolder(Path(place) / "data")
        load(simulate_town(TownSettings(people=PEOPLE)).write(Path(place) / "town"), folder)
        reason(folder, shipped_rules())
        with closing(folder.open_store(read_only=True)) as store:
            build_knowledge(folder, store)
        with closing(Sparql(folder, Limits())) as asker:
            return "\n".join([HEAD, *(_section(asker, number, each) for number, each in enumerate(EXAMPLES, 1))])


def _section(asker: Sparql, number: int, example: Example) -> str:
    answer = asker.ask(example.query, accept="text/csv").content.decode()
    header, *rows = list(csv.reader(StringIO(answer)))
    table = "\n".join(f"| {' | '.join(line)} |" for line in (header, ["---"] * len(header), *rows[:SHOWN]))
    return f"## {number}. {example.title}\n\n```sparql\n{example.query}\n```\n\n{table}\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
