// name: constraint_unique
// summary: No two nodes of a label share a value of this property, and a node is found by it at once.
// access: schema
// used by: graph.store.neo4j.schema
CREATE CONSTRAINT {index} IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.`{property}` IS UNIQUE
