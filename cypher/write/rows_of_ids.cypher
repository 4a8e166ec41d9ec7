// name: rows_of_ids
// summary: Rows of the nodes that have these ids, as columns.
// access: read
// param ids: LIST<STRING>, external ids
// column ids: LIST<STRING>, those of them that are there
// column rows: LIST<INTEGER>, their rows
// used by: graph.store.neo4j.tables
// cost: one index seek an id
UNWIND $ids AS id
MATCH (node:`{label}` {id: id})
RETURN collect(node.id) AS ids, collect(node.row) AS rows
