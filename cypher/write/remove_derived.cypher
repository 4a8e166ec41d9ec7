// name: remove_derived
// summary: Remove the relationships of one type to one label that stand for a property of these nodes.
// access: write
// param rows: LIST<INTEGER>, of the nodes
// used by: graph.store.neo4j.tables
// cost: their relationships of that type
UNWIND $rows AS row
MATCH (node:`{source}` {row: row})-[r:`{type}`]->(:`{target}`)
DELETE r
