// name: property_values
// summary: One property of a range of rows of one label, as two columns of equal length.
// access: read
// param first: INTEGER, the first row
// param end: INTEGER, the row after the last
// column rows: LIST<INTEGER>, in no particular order; those without it are not there
// column values: LIST<ANY>, theirs
// used by: graph.store.neo4j.reading
// cost: the nodes of the range
MATCH (node:`{label}`)
WHERE $first <= node.row < $end AND node.`{property}` IS NOT NULL
RETURN collect(node.row) AS rows, collect(node.`{property}`) AS values
