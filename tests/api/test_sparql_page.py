from pathlib import Path

from api.sparql_page import EXAMPLES, page

PAGE = Path(__file__).parents[2] / "docs/reference/sparql.md"


def test_the_page_holds_the_answers_that_are_given_today():
    told = PAGE.read_text(encoding="utf-8")
    assert told == page(), "run python -m api.sparql_page docs/reference/sparql.md"
    for example in EXAMPLES:
        section = told.partition(example.title)[2].partition("\n## ")[0]
        assert section.count("\n| ") >= 3, "an example without an answer shows nothing"
