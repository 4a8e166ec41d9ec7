// name: rows_of_ids
// summary: Rows of the nodes that have these ids.
// access: read
// param ids: LIST<STRING>, external ids
// column id: STRING, one of them
// column row: INTEGER, its row
// used by: graph.store.neo4j.tables
// cost: one index seek an id
UNWIND $ids AS id
MATCH (node:`{label}` {id: id})
RETURN node.id AS id, node.row AS row
