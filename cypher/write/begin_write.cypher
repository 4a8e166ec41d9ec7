// name: begin_write
// summary: Let nobody else write while this transaction lasts, and say where the store is.
// access: write
// column facts: MAP, of the store's node: position, and rows_User and the like, the next free rows
// column erased: BOOLEAN, whether any node has been erased
// used by: graph.store.neo4j.store
// cost: one node
MERGE (store:TastegraphStore {name: 'store'})
SET store.name = store.name
RETURN properties(store) AS facts, EXISTS { (:Erased) } AS erased
