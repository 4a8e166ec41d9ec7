"""The shipped ontology and shapes: up to date, complete, and true of exports."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyshacl
import pytest
import rdflib
from hypothesis import given, settings

from graph.rdf import ontology, terms
from graph.schema import NODE_TYPES
from tests.contracts.events import EVENT_SETS
from tests.contracts.test_graph_store import apply, embedded
from tests.graph.rdf.test_round_trip import exported

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*", "ignore:Dataset:DeprecationWarning")
"""pySHACL uses what rdflib is about to take away."""


@pytest.mark.parametrize(("part", "text"), [("ontology", ontology.ontology()), ("shapes", ontology.shapes())])
def test_the_shipped_files_are_made_from_the_schema(part, text):
    assert ontology.shipped(part) == f"{text}\n", "run python -m graph.rdf.ontology"
    assert len(rdflib.Graph().parse(data=text, format="turtle")) > 100


def test_every_term_of_ours_in_an_export_is_declared():
    declared = {str(each) for each in rdflib.Graph().parse(data=ontology.ontology(), format="turtle").subjects()}
    for node in NODE_TYPES:
        names = [terms.property_term(node.label, each.name) for each in node.properties]
        named = {each for each in (terms.CLASSES[node.label], *names) if each.startswith(terms.TERMS)}
        assert named - declared <= {terms.term("attributes"), terms.term("related")}
    for key in terms.edge_keys():
        form = terms.edge_form(key)
        assert {each for each in (form.kind, form.direct) if each.startswith(terms.TERMS)} <= declared


@given(events=EVENT_SETS)
@settings(max_examples=15, deadline=None)
def test_exports_conform_to_the_shapes(events):
    with TemporaryDirectory() as place:
        store = embedded(Path(place))
        apply(store, events)
        graph = rdflib.Graph().parse(data=exported(store, "turtle"), format="turtle")
        store.close()
    conforms, _, report = pyshacl.validate(graph, shacl_graph=ontology.shapes(), shacl_graph_format="turtle")
    assert conforms, report


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("<urn:tastegraph:product:p> a schema:Product ; tg:price_minor -1 .", "price_minor"),
        ('<urn:tastegraph:user:u> a schema:Person ; tg:visibility "some" .', "visibility"),
        ("<urn:x> a schema:FollowAction ; schema:agent <urn:tastegraph:user:u> .", "followee"),
        ("<urn:x> a schema:Rating ; schema:ratingValue 7.0e0 .", "ratingValue"),
    ],
)
def test_what_is_wrong_breaks_its_shape(wrong, path):
    prefixes = "".join(f"@prefix {name}: <{iri}> . " for name, iri in terms.PREFIXES.items())
    graph = rdflib.Graph().parse(data=prefixes + wrong, format="turtle")
    conforms, _, report = pyshacl.validate(graph, shacl_graph=ontology.shapes(), shacl_graph_format="turtle")
    assert not conforms
    assert path in report
