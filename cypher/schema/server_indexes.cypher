// name: server_indexes
// summary: All indexes of the server and how far they are.
// access: read
// column name: STRING
// column type: STRING, RANGE, FULLTEXT, VECTOR, …
// column labelsOrTypes: LIST<STRING>, what it is for
// column properties: LIST<STRING>, in order
// column options: MAP, its configuration
// column state: STRING, ONLINE, POPULATING or FAILED
// column populationPercent: FLOAT, 0 to 100
// column owningConstraint: STRING, the constraint that it belongs to, if there is one
// used by: graph.store.neo4j.schema
SHOW INDEXES YIELD name, type, labelsOrTypes, properties, options, state, populationPercent, owningConstraint
