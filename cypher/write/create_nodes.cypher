// name: create_nodes
// summary: Makes nodes of one label, each with its id and its row.
// access: write
// param nodes: LIST<LIST<ANY>>, id and row
// used by: graph.store.neo4j.tables
// cost: one write and two entries in unique indexes a node
UNWIND $nodes AS each
CREATE (:`{label}` {id: each[0], row: each[1]})
