// name: schema_version
// summary: The version of the schema that the server has.
// access: read
// column version: INTEGER, absent on a server that is not ours yet
// used by: graph.store.neo4j.schema
MATCH (s:TastegraphStore {name: 'store'})
RETURN s.schema_version AS version
