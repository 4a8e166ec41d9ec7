// name: written_models
// summary: From which models the values on the nodes are.
// access: read
// column name: STRING
// column version: STRING
// column created_at: INTEGER, milliseconds since 1970
// column wrote: LIST<STRING>, such as Product.embedding_spectral
// column complete: BOOLEAN, false while, or after, a writing that was interrupted
// used by: graph.store.neo4j.columns, analysts
MATCH (m:Model)
RETURN m.name AS name, m.version AS version, m.created_at AS created_at, m.wrote AS wrote, m.complete AS complete
ORDER BY name
