// name: hold_store
// summary: Let nobody else write to the store while this transaction lasts; changes nothing.
// access: write
// column position: STRING, the log position that the store has reached; null while nothing was written
// used by: graph.store.neo4j.reading
// cost: one node
MATCH (store:TastegraphStore {name: 'store'})
SET store.name = store.name
RETURN store.position AS position
