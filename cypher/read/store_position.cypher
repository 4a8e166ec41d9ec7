// name: store_position
// summary: The log position that the store has reached.
// access: read
// column position: STRING, opaque; null while nothing was written
// used by: graph.store.neo4j.reading
// cost: one node
MATCH (store:TastegraphStore {name: 'store'})
RETURN store.position AS position
