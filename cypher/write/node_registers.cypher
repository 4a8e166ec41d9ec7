// name: node_registers
// summary: When what is known of nodes was told, and their attributes, as columns.
// access: read
// param rows: LIST<INTEGER>, of the nodes
// column rows: LIST<INTEGER>, those of them that are there
// column clocks: LIST<STRING>, JSON: time and event id by name; empty where nothing was told
// column attributes: LIST<STRING>, JSON; empty where there are none
// used by: graph.store.neo4j.tables
// cost: one index seek a row
UNWIND $rows AS row
MATCH (n:`{label}` {row: row})
RETURN collect(row) AS rows, collect(coalesce(n._clocks, '')) AS clocks,
       collect(coalesce(n.attributes, '')) AS attributes
