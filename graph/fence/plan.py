"""The second gate: what the server says that it would do, asked with EXPLAIN and without running the query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graph.errors import CypherRefused
from graph.fence.allowed import PROCEDURES

READING: Final = "r"
"""The server's word for a query that only reads."""

NAMES: Final = """
    AllNodesScan NodeByLabelScan UnionNodeByLabelsScan IntersectionNodeByLabelsScan SubtractionNodeByLabelsScan
    NodeByIdSeek NodeByElementIdSeek DynamicLabelNodeLookup
    NodeIndexSeek NodeUniqueIndexSeek NodeIndexSeekByRange NodeUniqueIndexSeekByRange MultiNodeIndexSeek
    NodeIndexScan NodeIndexContainsScan NodeIndexEndsWithScan
    DirectedAllRelationshipsScan UndirectedAllRelationshipsScan
    DirectedRelationshipTypeScan UndirectedRelationshipTypeScan
    DirectedUnionRelationshipTypesScan UndirectedUnionRelationshipTypesScan
    DynamicDirectedRelationshipTypeLookup DynamicUndirectedRelationshipTypeLookup
    DirectedRelationshipByIdSeek UndirectedRelationshipByIdSeek
    DirectedRelationshipByElementIdSeek UndirectedRelationshipByElementIdSeek
    DirectedRelationshipIndexSeek UndirectedRelationshipIndexSeek
    DirectedRelationshipIndexSeekByRange UndirectedRelationshipIndexSeekByRange
    DirectedRelationshipUniqueIndexSeek UndirectedRelationshipUniqueIndexSeek
    DirectedRelationshipIndexScan UndirectedRelationshipIndexScan
    DirectedRelationshipIndexContainsScan UndirectedRelationshipIndexContainsScan
    DirectedRelationshipIndexEndsWithScan UndirectedRelationshipIndexEndsWithScan
    Expand OptionalExpand VarLengthExpand ProjectEndpoints Repeat BidirectionalRepeat
    ShortestPath StatefulShortestPath
    NodeCountFromCountStore RelationshipCountFromCountStore
    Filter Projection CacheProperties Unwind ProcedureCall
    Limit Skip Sort PartialSort Top PartialTop Distinct OrderedDistinct
    EagerAggregation OrderedAggregation Union OrderedUnion Eager
    Apply SemiApply AntiSemiApply LetSemiApply LetAntiSemiApply SelectOrSemiApply SelectOrAntiSemiApply
    LetSelectOrSemiApply LetSelectOrAntiSemiApply RollUpApply Optional Argument
    CartesianProduct NodeHashJoin ValueHashJoin NodeLeftOuterHashJoin NodeRightOuterHashJoin
    TriadicSelection TriadicBuild TriadicFilter
    ProduceResults EmptyResult EmptyRow
"""
OPERATORS: Final = frozenset(NAMES.split())
"""Operators that look at the graph and compute; as the server names them, without what it adds in parentheses."""

Plan = Mapping[str, Any]


def explain_gate(plan: Plan | None, query_type: str | None) -> None:
    """Admit a plan that only reads, by operators and procedures that are known to.

    Args:
        plan: the root of the server's plan: ``operatorType``, ``args`` and ``children``.
        query_type: the server's word for the query, ``"r"`` if it only reads.

    Raises:
        CypherRefused: it does more, or something that is not known.
    """
    if query_type != READING:
        raise CypherRefused(f"the server says that the query does more than read (its type is {query_type})")
    if plan is None:
        raise CypherRefused("the server shows no plan for the query")
    for each in _operators(plan):
        name = operator(each)
        if name not in OPERATORS:
            raise CypherRefused(f"the server's plan has the operator {name}, which is not admitted")
        if name == "ProcedureCall" and procedure(each) not in PROCEDURES:
            raise CypherRefused(f"the server's plan calls {procedure(each)}, which is not admitted")


def operator(step: Plan) -> str:
    """The name of a step, such as ``VarLengthExpand`` for ``VarLengthExpand(Pruning,BFS,All)@neo4j``."""
    name = step.get("operatorType")
    return name.partition("@")[0].partition("(")[0] if isinstance(name, str) else "without a name"


def procedure(step: Plan) -> str:
    """The procedure that a step calls: what stands before the parenthesis of its details."""
    details = step.get("args", {}).get("Details")
    return details.partition("(")[0].replace("`", "").strip() if isinstance(details, str) else "without a name"


def _operators(plan: Plan) -> Iterator[Plan]:
    waiting = [plan]
    while waiting:
        step = waiting.pop()
        waiting.extend(step.get("children", ()))
        yield step
