// name: set_schema_version
// summary: Says which version of the schema the server has.
// access: write
// param version: INTEGER
// used by: graph.store.neo4j.schema
MERGE (s:TastegraphStore {name: 'store'})
SET s.schema_version = $version
