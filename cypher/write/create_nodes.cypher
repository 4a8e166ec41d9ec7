// name: create_nodes
// summary: Create nodes with all that is known of them, id and row included.
// access: write
// param nodes: LIST<MAP>, their properties
// used by: graph.store.neo4j.tables
// cost: one node each
UNWIND $nodes AS each
CREATE (node:`{label}`)
SET node = each
