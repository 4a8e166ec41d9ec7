// name: write_vectors
// summary: Writes one vector onto each of some nodes, as numbers of 32 bits.
// access: write
// param ids: LIST<STRING>, external ids
// param vectors: LIST<LIST<FLOAT>>, one each
// param property: STRING, where it is kept
// column written: INTEGER, how many of the nodes are there
// used by: graph.store.neo4j.columns
// cost: one look-up in the unique index and one write a node
UNWIND range(0, size($ids) - 1) AS i
MATCH (n:`{label}` {id: $ids[i]})
CALL db.create.setNodeVectorProperty(n, $property, $vectors[i])
RETURN count(*) AS written
