"""The second gate, over plans as the server gives them."""

from __future__ import annotations

import pytest

from graph.errors import CypherRefused
from graph.fence.plan import explain_gate


def step(name, *children, details=""):
    return {"operatorType": name, "args": {"Details": details}, "identifiers": [], "children": list(children)}


def test_a_reading_plan_passes():
    plan = step("ProduceResults@neo4j", step("Filter@neo4j", step("VarLengthExpand(Pruning,BFS,All)@neo4j")))
    explain_gate(plan, "r")


@pytest.mark.parametrize("kind", ["w", "rw", "s", None, "R", ""])
def test_whatever_is_more_than_reading_is_refused(kind):
    with pytest.raises(CypherRefused, match="more than read"):
        explain_gate(step("ProduceResults@neo4j"), kind)


def test_a_query_without_a_plan_is_refused():
    with pytest.raises(CypherRefused, match="no plan"):
        explain_gate(None, "r")


@pytest.mark.parametrize(
    "name", ["Create", "Merge", "LoadCSV", "SetProperty", "Foreach", "TransactionForeach", "ShowIndexes", "Brand-New"]
)
def test_an_operator_that_is_not_known_is_refused_however_deep(name):
    plan = step("ProduceResults@neo4j", step("Apply@neo4j", step("Argument@neo4j"), step(f"{name}@neo4j")))
    with pytest.raises(CypherRefused, match=name):
        explain_gate(plan, "r")


def test_procedures_of_a_plan_are_told_apart():
    explain_gate(step("ProcedureCall@neo4j", details="db.labels() :: (label :: STRING)"), "r")
    for details in ("apoc.load.json($url) :: (value :: MAP)", "", "db.labelsX()", "x.db.labels()"):
        with pytest.raises(CypherRefused, match="calls"):
            explain_gate(step("ProcedureCall@neo4j", details=details), "r")


def test_a_step_without_a_name_is_refused():
    with pytest.raises(CypherRefused, match="without a name"):
        explain_gate({"args": {}, "children": []}, "r")
