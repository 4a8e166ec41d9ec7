"""Writes the two files that say what an export holds: ``python -m graph.rdf.ontology`` makes them anew beside this one.

``ontology.ttl`` declares our own terms and what they are kinds of; ``shapes.ttl`` says in SHACL what each thing must
look like. Both are made from `graph.schema` and `graph.rdf.terms`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path

from graph.rdf import terms
from graph.schema import ATTRIBUTES, EDGES, NODE_TYPES, RELATED, Keeping, NodeType, Property, Type

PARTS = ("ontology", "shapes")
OTHER_PREFIXES = {"sh": terms.SHACL}
ENDS = (("Offer", (terms.PRICE, terms.PRICE_CURRENCY)), ("PropertyValue", (terms.NAME, terms.VALUE)))


def shipped(part: str) -> str:
    """The text of ``ontology`` or ``shapes``."""
    return files("graph.rdf").joinpath(f"{part}.ttl").read_text(encoding="utf-8")


def ontology() -> str:
    """Our terms: classes, properties, and what they are kinds of."""
    lines = [*_prefixes(), *_block("<urn:tastegraph:terms>", ["a owl:Ontology", _label("tastegraph's terms")])]
    for node in NODE_TYPES:
        if terms.CLASSES[node.label].startswith(terms.TERMS):
            below = f"rdfs:subClassOf {_short(terms.OURS_BELOW[node.label])}"
            told = ["a owl:Class", _label(node.label), below, _say(node.summary)]
            lines += _block(_short(terms.CLASSES[node.label]), told)
    lines += _act_classes()
    for predicate, (kind, label, summary, below, domains, range_) in sorted(_properties().items()):
        told = [f"a owl:{kind}", _label(label), _say(summary)]
        told += [f"rdfs:subPropertyOf {_short(below)}"] if below else []
        told += [f"rdfs:domain {_short(domains[0])}"] if len(domains) == 1 else []
        told += [f"rdfs:range {_short(range_)}"] if range_ else []
        lines += _block(_short(predicate), told)
    lines += _block("tg:parent", ["a owl:TransitiveProperty"])
    return "\n".join(lines)


def _act_classes() -> Iterator[str]:
    done = set()
    for key in terms.edge_keys():
        form = terms.edge_form(key)
        if form.below and form.kind not in done:
            done.add(form.kind)
            told = ["a owl:Class", _label(form.kind.removeprefix(terms.TERMS)), f"rdfs:subClassOf {_short(form.below)}"]
            yield from _block(_short(form.kind), [*told, _say(EDGES[key].summary)])


_Told = tuple[str, str, str, str, list[str], str]


def _properties() -> dict[str, _Told]:
    found: dict[str, _Told] = {}
    for node in NODE_TYPES:
        naming = terms.naming_properties(node.label)
        for each in node.properties:
            predicate = terms.property_term(node.label, each.name)
            if predicate.startswith(terms.TERMS) and each.name not in (ATTRIBUTES.name, RELATED.name):
                kind = "ObjectProperty" if each.name in naming else "DatatypeProperty"
                target = terms.CLASSES[naming[each.name]] if each.name in naming else terms.xsd_type(each.type) or ""
                before = found.get(predicate)
                domains = [*(before[4] if before else []), terms.CLASSES[node.label]]
                below = terms.PROPERTY_BELOW.get(each.name, "")
                found[predicate] = (kind, each.name, each.summary, below, domains, target)
    for key in terms.edge_keys():
        direct = terms.edge_form(key).direct
        if direct.startswith(terms.TERMS):
            before = found.get(direct)
            domains = [*(before[4] if before else []), terms.CLASSES[key[0]]]
            told = EDGES[key].summary
            found[direct] = ("ObjectProperty", key[1].lower(), told, "", list(dict.fromkeys(domains)), "")
        for each in EDGES[key].properties:
            told_of = ("DatatypeProperty", each.name, each.summary, "", list[str](), terms.xsd_type(each.type) or "")
            found.setdefault(terms.term(each.name), told_of)
    found[terms.COUNT] = ("DatatypeProperty", "count", "how many distinct events", "", [], f"{terms.XSD}integer")
    found[terms.DELETED] = ("DatatypeProperty", "deleted", "no longer offered", "", [], f"{terms.XSD}boolean")
    found[terms.ORIGIN] = ("ObjectProperty", "origin", "who says a statement", "", [f"{terms.RDF}Statement"], "")
    return found


def shapes() -> str:
    """What each thing must look like, in SHACL."""
    lines = _prefixes()
    for node in NODE_TYPES:
        target = f"sh:targetClass {_short(terms.CLASSES[node.label])}"
        told = [f"sh:property {each}" for each in map(partial(_property_shape, node), node.properties) if each]
        lines += _block(f"tg:{node.label}Shape", ["a sh:NodeShape", target, *told])
    done: dict[str, list[tuple[str, str, str]]] = {}
    for key in terms.edge_keys():
        done.setdefault(terms.edge_form(key).kind, []).append(key)
    for kind, keys in done.items():
        lines += _block(
            f"tg:{keys[0][1]}Shape", ["a sh:NodeShape", f"sh:targetClass {_short(kind)}", *_act_shape(keys)]
        )
    for name, needed in ENDS:
        told = [f"sh:property [ sh:path {_short(each)} ; sh:maxCount 1 ]" for each in needed]
        lines += _block(f"tg:{name}Shape", ["a sh:NodeShape", f"sh:targetClass schema:{name}", *told])
    stars = "sh:datatype xsd:double ; sh:minInclusive 1.0e0 ; sh:maxInclusive 5.0e0"
    rating = f"sh:property [ sh:path {_short(terms.RATING_VALUE)} ; sh:minCount 1 ; sh:maxCount 1 ; {stars} ]"
    lines += _block("tg:RatingShape", ["a sh:NodeShape", "sh:targetClass schema:Rating", rating])
    return "\n".join(lines)


def _property_shape(node: NodeType, each: Property) -> str:
    if each.name in (ATTRIBUTES.name, RELATED.name):
        return ""
    told = [f"sh:path {_short(terms.property_term(node.label, each.name))}"]
    target = terms.naming_properties(node.label).get(each.name)
    if target:
        told.append("sh:nodeKind sh:IRI")
    else:
        told.append(f"sh:datatype {_short(terms.xsd_type(each.type) or terms.XSD + 'string')}")
    if each.type is not Type.IDS:
        told.append("sh:maxCount 1")
    if each.minimum is not None:
        told.append(f"sh:minInclusive {each.minimum:g}")
    if each.maximum is not None:
        told.append(f"sh:maxInclusive {each.maximum:g}")
    if each.choices:
        listed = " ".join(f'"{choice}"' for choice in each.choices)
        told.append(f"sh:in ( {listed} )")
    return f"[ {' ; '.join(told)} ]"


def _act_shape(keys: list[tuple[str, str, str]]) -> Iterator[str]:
    form = terms.edge_form(keys[0])
    for path, place in ((form.source, 0), (form.target, 2)):
        kinds = list(dict.fromkeys(terms.CLASSES[key[place]] for key in keys))
        of = f"sh:class {_short(kinds[0])}" if len(kinds) == 1 else "sh:nodeKind sh:IRI"
        yield f"sh:property [ sh:path {_short(path)} ; sh:minCount 1 ; sh:maxCount 1 ; {of} ]"
    for path in (terms.START, terms.END):
        yield f"sh:property [ sh:path {_short(path)} ; sh:maxCount 1 ; sh:datatype xsd:dateTime ]"
    if EDGES[keys[0]].keeping is Keeping.PAIR:
        counted = "sh:maxCount 1 ; sh:datatype xsd:integer ; sh:minInclusive 1"
        yield f"sh:property [ sh:path {_short(terms.COUNT)} ; {counted} ]"
    if any(each.name == "value" for each in EDGES[keys[0]].properties):
        least = 1 if keys[0][1] == "RATED" else 0
        yield f"sh:property [ sh:path {_short(terms.REVIEW_RATING)} ; sh:minCount {least} ; sh:maxCount 1 ]"


def _prefixes() -> list[str]:
    return [f"@prefix {name}: <{iri}> ." for name, iri in (terms.PREFIXES | OTHER_PREFIXES).items()]


def _block(subject: str, told: list[str]) -> list[str]:
    return ["", f"{subject} " + " ;\n    ".join(told) + " ."]


def _short(iri: str) -> str:
    for name, start in (terms.PREFIXES | OTHER_PREFIXES).items():
        if iri.startswith(start):
            return f"{name}:{iri.removeprefix(start)}"
    return f"<{iri}>"


def _label(text: str) -> str:
    return f'rdfs:label "{text}"@en'


def _say(text: str) -> str:
    return f'rdfs:comment "{text}"@en'


def main() -> None:
    """Write both files beside this module."""
    for part, text in zip(PARTS, (ontology(), shapes()), strict=True):
        Path(__file__).with_name(f"{part}.ttl").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
