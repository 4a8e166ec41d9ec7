// name: write_pairs
// summary: Set what is known of pairs whose relationships are there.
// access: write
// param edges: LIST<LIST>, source row, target row and properties of each
// used by: graph.store.neo4j.tables
// cost: two index seeks a pair, and the relationships of the one that has fewer
UNWIND $edges AS each
MATCH (a:`{source}` {row: each[0]})
MATCH (b:`{target}` {row: each[1]})
MATCH (a)-[r:`{type}`]->(b)
SET r = each[2]
