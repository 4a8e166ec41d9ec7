// name: node_registers
// summary: When each property of some nodes was last written, and their attributes.
// access: read
// param rows: LIST<INTEGER>, of the nodes
// column row: INTEGER
// column clocks: STRING, JSON; null where nothing was written
// column attributes: STRING, JSON; null where there are none
// used by: graph.store.neo4j.tables
// cost: one look-up in the unique index a node
UNWIND $rows AS row
MATCH (n:`{label}` {row: row})
RETURN row, n._clocks AS clocks, n.attributes AS attributes
