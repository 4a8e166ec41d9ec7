// name: model_complete
// summary: Says that everything of a model's version is on the nodes.
// access: write
// param name: STRING, of the model
// used by: graph.store.neo4j.columns
MATCH (m:Model {name: $name})
SET m.complete = true
