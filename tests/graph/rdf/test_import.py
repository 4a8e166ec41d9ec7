"""RDF of other people: found in the graph, kept with its origin, and what is wrong told with its line."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidMapping, InvalidValue, UnreadableFile
from graph.folder import DataFolder
from graph.load.report import LoadReport
from graph.log.project import project
from graph.rdf.importing import import_rdf
from graph.rdf.mapping import read_rdf_mapping

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 12, tzinfo=UTC)

MAPPING = """
origin = "wiki"
unmatched = "reject"

[prefixes]
ex = "https://example.org/"

[classes]
"ex:Item" = "Product"
"ex:Maker" = "Brand"

[properties]
"ex:cost" = "price_minor"
"ex:colour" = "attributes.colour"

[predicates]
"ex:madeOf" = "made of"

[scale]
price_minor = 100

[match]
Product = [{ predicate = "ex:gtin", property = "attributes.gtin" }, { predicate = "ex:sku" }]
Brand = [{ predicate = "schema:name", property = "name" }]
"""

FILE = """@prefix ex: <https://example.org/> .
@prefix schema: <https://schema.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
ex:i1 a ex:Item ; ex:gtin "4006381333931" ; schema:name "Pfanne"@de, "Pan"@en ;
    ex:cost 19.9 ; ex:colour "red" ; schema:brand ex:m1 ;
    ex:madeOf ex:iron , ex:oak .
ex:i2 a ex:Item ; ex:sku "p2" ; ex:madeOf ex:oak ;
    schema:releaseDate "yesterday" ;
    ex:cost "dear" .
ex:i3 a ex:Item ; ex:sku "nobody's" ; ex:madeOf ex:oak .
ex:i4 owl:sameAs <urn:tastegraph:product:p3> ; ex:madeOf ex:iron .
ex:m1 a ex:Maker ; schema:name "Acme" .
ex:oak schema:name "oak" ; a ex:Wood .
<urn:tastegraph:user:ann> ex:likes ex:oak .
this is nothing .
"""


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A shop with three products and a brand."""
    data = DataFolder(tmp_path / "data")
    events: list[dict[str, Any]] = [
        {"type": "product", "product_id": "p1", "properties": {"title": "?", "attributes": {"gtin": "4006381333931"}}},
        {"type": "product", "product_id": "p2", "properties": {"title": "Pot"}},
        {"type": "product", "product_id": "p3", "properties": {"related": {"shop": {"near": ["Product:p1"]}}}},
        {"type": "brand", "brand_id": "b7", "properties": {"name": "Acme"}},
    ]
    with data.owned(), closing(data.open_log()) as log, closing(data.open_store()) as store:
        log.append([{"event_id": f"e{n}", "at": 5, **event} for n, event in enumerate(events)])
        project(log, store)
    return data


def brought(folder: DataFolder, text: str, mapping: str = MAPPING, name: str = "things.ttl", **more: Any) -> LoadReport:
    path, told = folder.path.parent / name, folder.path.parent / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    told.write_text(mapping, encoding="utf-8")
    return import_rdf(path, folder, mapping=read_rdf_mapping(told), **{"now": NOW, **more})


def properties(folder: DataFolder, label: str, node_id: str) -> dict[str, Any]:
    with closing(folder.open_store(read_only=True)) as store:
        return store.properties(label, node_id) or {}


def test_things_are_found_by_number_by_id_and_by_what_they_are_the_same_as(folder):
    brought(folder, FILE)
    assert properties(folder, "Product", "p1") == {
        "title": "Pan",
        "price_minor": 1990,
        "brand": "b7",
        "attributes": {"colour": "red", "gtin": "4006381333931"},
        "related": {"wiki": {"made of": ["Entity:https://example.org/iron", "Entity:https://example.org/oak"]}},
    }
    assert properties(folder, "Product", "p2")["related"] == {"wiki": {"made of": ["Entity:https://example.org/oak"]}}
    assert properties(folder, "Product", "p3")["related"] == {
        "shop": {"near": ["Product:p1"]},
        "wiki": {"made of": ["Entity:https://example.org/iron"]},
    }
    assert properties(folder, "Entity", "https://example.org/oak") == {"name": "oak", "kind": "Wood"}
    assert properties(folder, "Product", "https://example.org/i3") == {}


def test_what_cannot_be_taken_is_told_with_line_and_shape_and_the_rest_is_kept(folder):
    report = brought(folder, FILE)
    (file,) = report.files
    told = {(each["line"], each["reason"].partition(":")[0]) for each in file.samples}
    assert {(8, "tg")} <= {(line, shape) for line, shape in told}
    reasons = "\n".join(file.reasons)
    assert "tg:ProductShape: created_at 'yesterday'" in reasons
    assert "tg:ProductShape: price_minor must be a whole number" in reasons
    assert "tg:UserShape: knowledge joins" in reasons
    assert "syntax: " in reasons
    lines = {
        each["reason"].split(":")[1] if each["reason"].startswith("tg") else "syntax": each["line"]
        for each in file.samples
    }
    assert lines["UserShape"] == 14
    assert lines["syntax"] == 15
    assert file.read == file.kept + file.rejected
    assert file.notes == ["1 products are not in the graph and were left out"]
    assert report.rejects is not None
    assert len(Path(report.rejects).read_text(encoding="utf-8").splitlines()) == file.rejected


def test_a_newer_file_of_the_same_origin_takes_the_place_of_the_older_one(folder):
    brought(folder, FILE)
    brought(
        folder, '@prefix ex: <https://example.org/> . ex:i2 a ex:Item ; ex:sku "p2" ; ex:madeOf ex:tin .', now=LATER
    )
    assert properties(folder, "Product", "p1")["related"] == {}
    assert properties(folder, "Product", "p2")["related"] == {"wiki": {"made of": ["Entity:https://example.org/tin"]}}
    assert properties(folder, "Product", "p3")["related"] == {"shop": {"near": ["Product:p1"]}}


def test_the_same_file_again_changes_nothing(folder):
    brought(folder, FILE)
    assert brought(folder, FILE, now=LATER).already_imported


def test_a_dry_run_writes_nothing(folder):
    report = brought(folder, FILE, dry_run=True)
    assert report.files[0].rejected == 4
    assert "related" not in properties(folder, "Product", "p1")


def test_json_ld_in_schema_orgs_context_needs_no_network(folder):
    text = """{"@context": "https://schema.org", "@id": "urn:tastegraph:product:p9", "@type": "Product",
      "name": "Kettle", "brand": {"@type": "Brand", "name": "Acme"},
      "offers": {"@type": "Offer", "price": "12.50", "priceCurrency": "EUR"}}"""
    assert brought(folder, text, name="things.jsonld").files[0].rejected == 0
    assert properties(folder, "Product", "p9") == {
        "title": "Kettle", "brand": "b7", "price_minor": 1250, "currency": "EUR",
    }  # fmt: skip


def test_a_new_product_without_a_match_is_created_under_its_iri(folder):
    brought(folder, FILE, MAPPING.replace('unmatched = "reject"', ""))
    assert properties(folder, "Product", "https://example.org/i3")["related"]["wiki"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("ex:Maker", "maker"), "classes"),
        (('"Brand"', '"Firm"'), "classes"),
        (('"price_minor"', '"cost"'), "properties"),
        (("[match]", "[match]\nUser = [{ predicate = 'ex:id' }]"), "match"),
        (("[scale]", "[scales]"), "scales"),
        (("[match]", "[match"), "file"),
    ],
)
def test_mappings_that_say_what_cannot_be_are_refused(tmp_path, change, where):
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING.replace(*change), encoding="utf-8")
    with pytest.raises(InvalidMapping) as caught:
        read_rdf_mapping(path)
    assert where in str(caught.value)


def test_what_is_no_rdf_is_refused_and_leaves_nothing(folder, tmp_path):
    with pytest.raises(UnreadableFile, match="is no turtle"):
        brought(folder, "product,price\np1,5\n")
    with pytest.raises(InvalidValue, match=r"things\.csv tells no format"):
        brought(folder, "x", name="things.csv")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        import_rdf(tmp_path / "nowhere.ttl", folder)
