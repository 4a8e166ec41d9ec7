// name: write_values
// summary: Writes one value onto each of some nodes.
// access: write
// param ids: LIST<STRING>, external ids
// param values: LIST<ANY>, one each
// column written: INTEGER, how many of the nodes are there
// used by: graph.store.neo4j.columns
// cost: one look-up in the unique index and one write a node
UNWIND range(0, size($ids) - 1) AS i
MATCH (n:`{label}` {id: $ids[i]})
SET n.`{property}` = $values[i]
RETURN count(*) AS written
