// name: create_related
// summary: Makes the relationships that knowledge of some nodes stands for.
// access: write
// param pairs: LIST<LIST>, row of the source, row of the target, predicate and origin
// used by: graph.store.neo4j.tables
// cost: two look-ups in unique indexes and one write an edge
UNWIND $pairs AS each
MATCH (s:`{source}` {row: each[0]})
MATCH (t:`{target}` {row: each[1]})
CREATE (s)-[:`{type}` {predicate: each[2], origin: each[3]}]->(t)
