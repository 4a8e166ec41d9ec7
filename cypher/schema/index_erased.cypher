// name: index_erased
// summary: Finds what is left of an erased person by label and key.
// access: schema
// used by: graph.store.neo4j.schema
CREATE INDEX erased_key IF NOT EXISTS FOR (n:Erased) ON (n.label, n.key)
