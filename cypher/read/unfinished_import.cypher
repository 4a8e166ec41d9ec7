// name: unfinished_import
// summary: Whether the database was imported from files and has not been finished since.
// access: read
// column unfinished: BOOLEAN, true when it has not
// used by: graph.store.neo4j.finishing
// cost: one node
MATCH (store:TastegraphStore {name: 'store'})
RETURN coalesce(store.unfinished, false) AS unfinished
