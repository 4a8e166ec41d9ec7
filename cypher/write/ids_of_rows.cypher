// name: ids_of_rows
// summary: External ids of some rows.
// access: read
// param rows: LIST<INTEGER>, of the nodes
// column row: INTEGER
// column id: STRING
// used by: graph.store.neo4j.tables
// cost: one look-up in the unique index a node
UNWIND $rows AS row
MATCH (n:`{label}` {row: row})
RETURN row, n.id AS id
