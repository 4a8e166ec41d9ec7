// name: server_labels
// summary: Every label that a node of the server carries.
// access: read
// column label: STRING
// used by: graph.store.neo4j.schema
CALL db.labels() YIELD label
