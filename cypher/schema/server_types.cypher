// name: server_types
// summary: Every relationship type of the server.
// access: read
// column relationshipType: STRING
// used by: graph.store.neo4j.schema
CALL db.relationshipTypes() YIELD relationshipType
