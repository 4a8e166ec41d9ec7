// name: erased_keys
// summary: Which of these keys are of nodes that have been erased.
// access: read
// param label: STRING, their label
// param keys: LIST<STRING>, in hexadecimal
// column key: STRING, one of them
// used by: graph.store.neo4j.tables
// cost: one index seek a key
UNWIND $keys AS key
MATCH (node:Erased {label: $label, key: key})
RETURN node.key AS key
