"""A mapping for somebody's graph: what it means, and what is wrong with a wrong one."""

from __future__ import annotations

import pytest

from graph.errors import InvalidMapping
from graph.load.adopt_mapping import missing_names, read_adopt_mapping
from graph.load.patterns import Names

MOVIES = """
[[nodes]]
label = "Product"
match = "Movie"
id = "movieId"
properties = { title = "title", categories = { match = "(n)-[:IN_GENRE]->(g:Genre)", value = "g.name" } }

[[events]]
type = "rated"
match = "(u:User)-[r:RATED]->(p:Movie)"
user = "u.userId"
product = "p.movieId"
value = "r.rating"
at = "r.timestamp"
time = "unix_s"
where = "r.rating > 0"
"""


def read(tmp_path, text):
    path = tmp_path / "movies.toml"
    path.write_text(text)
    return read_adopt_mapping(path)


def test_labels_patterns_and_expressions_are_understood(tmp_path):
    readings = read(tmp_path, MOVIES).readings
    nodes, events = readings["[[nodes]] 1"], readings["[[events]] 1"]
    assert nodes.pattern.text == "(`n`:`Movie`)"
    assert {name: column.text for name, column in nodes.columns} == {
        "id": "`n`.`movieId`",
        "title": "`n`.`title`",
        "categories": "[(`n`)-[:`IN_GENRE`]->(`g`:`Genre`) | `g`.`name`]",
    }
    assert events.condition.text == "`r`.`rating` > $w0"
    assert {name: column.text for name, column in events.columns} == {
        "user_id": "`u`.`userId`",
        "product_id": "`p`.`movieId`",
        "value": "`r`.`rating`",
        "at": "`r`.`timestamp`",
    }
    assert events.parameters() == {"w0": 0}


def test_a_pattern_of_one_name_needs_no_name_before_its_properties(tmp_path):
    nodes = read(tmp_path, MOVIES.replace('match = "Movie"', 'match = "(m:Movie:Film)"').replace("(n)-", "(m)-"))
    assert dict(nodes.readings["[[nodes]] 1"].columns)["title"].text == "`m`.`title`"


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        (('label = "Product"', 'label = "Produkt"'), "[[nodes]] 1", "'Produkt' is no label"),
        (('match = "Movie"', 'match = "Movie) DETACH DELETE (n"'), "[[nodes]] 1, match", "where `(` should be"),
        (('match = "Movie"', 'match = ""'), "[[nodes]] 1, match", "'' at character"),
        (('match = "Movie"', 'match = "(:Movie)"'), "[[nodes]] 1, match", "names nothing"),
        (('id = "movieId"\n', ""), "[[nodes]] 1, id", "missing"),
        (('title = "title"', 'title = "m.title"'), "[[nodes]] 1, title", "speaks of 'm'"),
        (('"g.name"', '"h.name"'), "[[nodes]] 1, categories.value", "speaks of 'h'"),
        (("(n)-[:IN_GENRE]", "(n)-[:IN_GENRE*]"), "[[nodes]] 1, categories.match", "character"),
        (('type = "rated"', 'type = "ratet"'), "[[events]] 1", "'ratet' is no event type"),
        (('value = "r.rating"', 'valeu = "r.rating"'), "[[events]] 1, valeu", "there is no key"),
        (('product = "p.movieId"', 'other = "p.movieId"'), "[[events]] 1", "other_id"),
        (('user = "u.userId"\n', ""), "[[events]] 1", "user_id"),
        (('where = "r.rating > 0"', 'where = "r.rating > 0 DELETE r"'), "[[events]] 1, where", "the end"),
        (("[[nodes]]", "[[nods]]"), "nods", "there is no key"),
        (("[[nodes]]", "[[nodes"), "TOML", ""),
        ((MOVIES, "cleaning = {}"), "the whole file", "neither"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_place_and_the_reason(tmp_path, change, where, reason):
    with pytest.raises(InvalidMapping) as refused:
        read(tmp_path, MOVIES.replace(*change))
    assert refused.value.where == where
    assert reason in str(refused.value)


def test_names_that_the_server_has_never_seen_are_told_with_those_that_are_near(tmp_path):
    mapping = read(tmp_path, MOVIES)
    names = Names(
        frozenset({"Movies", "User", "Genre"}),
        frozenset({"RATED", "IN_GENRE"}),
        frozenset({"movieId", "title", "name", "userId", "rating"}),
    )
    found = [(each.where, each.reason, each.hint) for each in missing_names(mapping, names)]
    assert found[0] == ("[[nodes]] 1", "the server has no label 'Movie'", "did you mean 'Movies'?")
    assert found[-1][1] == "the server has no property 'timestamp'"
