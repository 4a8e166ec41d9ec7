// name: write_nodes
// summary: Set properties of nodes; null removes one.
// access: write
// param nodes: LIST<LIST>, row and properties of each
// used by: graph.store.neo4j.tables
// cost: one index seek a row
UNWIND $nodes AS each
MATCH (node:`{label}` {row: each[0]})
SET node += each[1]
