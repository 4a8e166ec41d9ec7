// name: node_ids
// summary: External ids of a range of rows of one label, as two columns of equal length.
// access: read
// param first: INTEGER, the first row
// param end: INTEGER, the row after the last
// column rows: LIST<INTEGER>, in no particular order; erased ones are not there
// column ids: LIST<STRING>, theirs
// used by: graph.store.neo4j.reading
// cost: the nodes of the range
MATCH (node:`{label}`)
WHERE $first <= node.row < $end
RETURN collect(node.row) AS rows, collect(node.id) AS ids
