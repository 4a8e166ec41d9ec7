// name: row_count
// summary: How many rows of a label have been given out, those of erased nodes included.
// access: read
// param label: STRING, a label
// column rows: INTEGER, the next free row
// used by: graph.store.neo4j.reading
// cost: one node
MATCH (store:TastegraphStore {name: 'store'})
RETURN coalesce(store['rows_' + $label], 0) AS rows
