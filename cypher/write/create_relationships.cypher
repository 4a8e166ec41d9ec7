// name: create_relationships
// summary: Create relationships between nodes that are there.
// access: write
// param groups: LIST<LIST>, a source row and what begins there: target row and properties of each
// used by: graph.store.neo4j.tables
// cost: one index seek a source and one a relationship
UNWIND $groups AS group
MATCH (source:`{source}` {row: group[0]})
UNWIND group[1] AS each
MATCH (target:`{target}` {row: each[0]})
CREATE (source)-[r:`{type}`]->(target)
SET r = each[1]
