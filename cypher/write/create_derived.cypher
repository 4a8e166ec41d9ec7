// name: create_derived
// summary: Makes the relationships that a property of some nodes stands for.
// access: write
// param pairs: LIST<LIST<INTEGER>>, rows of source and target
// used by: graph.store.neo4j.tables
// cost: two look-ups in unique indexes and one write an edge
UNWIND $pairs AS each
MATCH (s:`{source}` {row: each[0]})
MATCH (t:`{target}` {row: each[1]})
CREATE (s)-[:`{type}`]->(t)
