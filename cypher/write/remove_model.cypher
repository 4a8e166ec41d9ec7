// name: remove_model
// summary: Removes the note of a model that is no more.
// access: write
// param name: STRING, of the model
// used by: graph.store.neo4j.columns
MATCH (m:Model {name: $name})
DETACH DELETE m
