// name: drop_constraint
// summary: Removes a constraint of ours that is not as it should be.
// access: schema
// used by: graph.store.neo4j.schema
DROP CONSTRAINT {index} IF EXISTS
