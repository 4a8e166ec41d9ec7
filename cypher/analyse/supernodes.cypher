// name: supernodes
// summary: Nodes with the most relationships: where a traversal gets expensive.
// access: read
// param limit: INTEGER, 1 to 500, most rows, default 20
// column label: STRING
// column node_id: STRING
// column relationships: INTEGER, most first
// used by: analysts, health of the graph
// cost: the degree of every node
MATCH (node:User|Product|Category|Brand|Tag|Entity|Post|Community|Campaign|Segment)
RETURN labels(node)[0] AS label, node.id AS node_id, COUNT { (node)--() } AS relationships
ORDER BY relationships DESC, label, node_id
LIMIT $limit
