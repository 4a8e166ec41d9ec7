// name: create_events
// summary: Create one relationship an event between nodes that are there; what is null is left out.
// access: write
// param groups: LIST<LIST>, source row, and for each of its edges: target row, event id, time and the type's properties
// used by: graph.store.neo4j.tables
// cost: one index seek a source and one a relationship
UNWIND $groups AS group
MATCH (source:`{source}` {row: group[0]})
UNWIND group[1] AS each
MATCH (target:`{target}` {row: each[0]})
CREATE (source)-[:`{type}` {
  event_id: each[1], at: each[2], value: each[3], text: each[4], quantity: each[5], price_minor: each[6],
  currency: each[7], order_id: each[8]
}]->(target)
