// name: server_constraints
// summary: All constraints of the server.
// access: read
// column name: STRING
// column type: STRING, UNIQUENESS, NODE_KEY, …
// column labelsOrTypes: LIST<STRING>, what it is for
// column properties: LIST<STRING>, in order
// used by: graph.store.neo4j.schema
SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties
