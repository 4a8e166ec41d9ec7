// name: holders
// summary: The nodes of a label that have a property.
// access: read
// column id: STRING, external id
// used by: graph.store.neo4j.columns
// cost: looks at every node of the label
MATCH (n:`{label}`)
WHERE n.`{property}` IS NOT NULL
RETURN n.id AS id
