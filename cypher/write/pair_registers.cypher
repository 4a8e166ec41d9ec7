// name: pair_registers
// summary: What is known of pairs, those that no longer stand included.
// access: read
// param pairs: LIST<LIST>, source and target row of each
// column source: INTEGER, source row
// column target: INTEGER, target row
// column type: STRING, relationship type
// column known: MAP, properties of the relationship
// used by: graph.store.neo4j.tables
// cost: two index seeks a pair, and the relationships of the one that has fewer
UNWIND $pairs AS each
MATCH (a:`{source}` {row: each[0]})
MATCH (b:`{target}` {row: each[1]})
MATCH (a)-[r:`{type}`|`ENDED_{type}`]->(b)
RETURN each[0] AS source, each[1] AS target, type(r) AS type, properties(r) AS known
