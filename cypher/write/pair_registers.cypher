// name: pair_registers
// summary: What is known of pairs, those that no longer stand included, as columns.
// access: read
// param groups: LIST<LIST>, source row and target rows of each
// column sources: LIST<INTEGER>, source rows of the pairs that are there
// column targets: LIST<INTEGER>, their target rows
// column types: LIST<STRING>, their relationship types
// column known: LIST<MAP>, properties of their relationships
// used by: graph.store.neo4j.tables
// cost: one index seek a source; of a source that has pairs, one a target and the relationships of the lesser end
UNWIND $groups AS group
MATCH (a:`{source}` {row: group[0]})
WHERE EXISTS { (a)-[:`{type}`|`ENDED_{type}`]->(:`{target}`) }
UNWIND group[1] AS row
MATCH (b:`{target}` {row: row})
MATCH (a)-[r:`{type}`|`ENDED_{type}`]->(b)
RETURN collect(a.row) AS sources, collect(b.row) AS targets, collect(type(r)) AS types,
       collect(properties(r)) AS known
