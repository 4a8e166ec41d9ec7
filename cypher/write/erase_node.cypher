// name: erase_node
// summary: Empty a node: nothing stays but its row and a hash of its id.
// access: write
// param row: INTEGER, of the node
// param label: STRING, its label
// used by: graph.store.neo4j.tables
// param key: STRING, hash of its id in hexadecimal
// cost: one node
MATCH (node:`{label}` {row: $row})
REMOVE node:`{label}`
SET node:Erased, node = {label: $label, row: $row, key: $key}
