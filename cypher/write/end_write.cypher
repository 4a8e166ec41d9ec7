// name: end_write
// summary: Take note of the log position that this transaction reaches, and of the next free rows.
// access: write
// param facts: MAP, position, and rows_User and the like
// used by: graph.store.neo4j.store
// cost: one node
MATCH (store:TastegraphStore {name: 'store'})
SET store += $facts
