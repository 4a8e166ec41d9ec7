// name: properties_of_node
// summary: Some properties of one node.
// access: read
// param id: STRING, external id
// param names: LIST<STRING>, the properties asked for
// column values: LIST<ANY>, in the order of the names; null for one that it has not
// used by: graph.store.neo4j.reading
// cost: one node
MATCH (node:`{label}` {id: $id})
RETURN [name IN $names | node[name]] AS values
