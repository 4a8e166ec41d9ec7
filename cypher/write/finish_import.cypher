// name: finish_import
// summary: Take note that an imported database has everything that its files could not hold.
// access: write
// used by: graph.store.neo4j.finishing
// cost: one node
MATCH (store:TastegraphStore {name: 'store'})
REMOVE store.unfinished
