// name: count_nodes
// summary: How many nodes have a label, ended ones included.
// access: read
// column nodes: INTEGER, their number
// used by: graph.store.neo4j.reading
// cost: nothing, the server keeps the number
MATCH (node:`{label}`)
RETURN count(node) AS nodes
