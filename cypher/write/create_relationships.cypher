// name: create_relationships
// summary: Create relationships between nodes that are there.
// access: write
// param edges: LIST<LIST>, source row, target row and properties of each
// used by: graph.store.neo4j.tables
// cost: two index seeks a relationship
UNWIND $edges AS each
MATCH (source:`{source}` {row: each[0]})
MATCH (target:`{target}` {row: each[1]})
CREATE (source)-[r:`{type}`]->(target)
SET r = each[2]
