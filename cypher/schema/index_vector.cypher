// name: index_vector
// summary: Finds the nodes whose vectors point the same way; approximate, so ask it for more than you want.
// access: schema
// param options: MAP, the index's configuration: dimensions, similarity function
// used by: graph.store.neo4j.schema
CREATE VECTOR INDEX {index} IF NOT EXISTS FOR (n:`{label}`) ON (n.`{property}`) OPTIONS $options
