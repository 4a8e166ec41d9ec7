// name: drop_index
// summary: Removes an index of ours that is not as it should be.
// access: schema
// used by: graph.store.neo4j.schema
DROP INDEX {index} IF EXISTS
