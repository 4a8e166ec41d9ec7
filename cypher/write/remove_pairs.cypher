// name: remove_pairs
// summary: Remove the relationships of one type between pairs.
// access: write
// param pairs: LIST<LIST>, source and target row of each
// used by: graph.store.neo4j.tables
// cost: two index seeks a pair, and the relationships of the one that has fewer
UNWIND $pairs AS each
MATCH (a:`{source}` {row: each[0]})
MATCH (b:`{target}` {row: each[1]})
MATCH (a)-[r:`{type}`]->(b)
DELETE r
