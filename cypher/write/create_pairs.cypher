// name: create_pairs
// summary: Create one relationship a pair between nodes that are there; what is null is left out.
// access: write
// param groups: LIST<LIST>, source row, and for each of its edges: target row, count, times, register and since
// used by: graph.store.neo4j.tables
// cost: one index seek a source and one a relationship
UNWIND $groups AS group
MATCH (source:`{source}` {row: group[0]})
UNWIND group[1] AS each
MATCH (target:`{target}` {row: each[0]})
CREATE (source)-[:`{type}` {
  count: each[1], first_at: each[2], last_at: each[3], _at: each[4], _event_id: each[5], since: each[6],
  direct_count: each[7], direct_last_at: each[8]
}]->(target)
