// name: deleted_rows
// summary: Rows of nodes that have been ended, of a range of rows of one label.
// access: read
// param first: INTEGER, the first row
// param end: INTEGER, the row after the last
// column rows: LIST<INTEGER>, in no particular order
// used by: graph.store.neo4j.reading
// cost: the nodes of the range
MATCH (node:`{label}`)
WHERE $first <= node.row < $end AND node.deleted
RETURN collect(node.row) AS rows
