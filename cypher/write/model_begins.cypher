// name: model_begins
// summary: Says which version of a model is being written onto the nodes; complete is false until it is all there.
// access: write
// param name: STRING, of the model
// param version: STRING, of the model
// param created_at: INTEGER, when it was trained or computed, milliseconds since 1970
// param snapshot: STRING, id of the snapshot that it was made from
// param wrote: LIST<STRING>, what it writes, such as Product.embedding_spectral
// used by: graph.store.neo4j.columns
MERGE (m:Model {name: $name})
SET m.version = $version, m.created_at = $created_at, m.snapshot = $snapshot, m.wrote = $wrote, m.complete = false
