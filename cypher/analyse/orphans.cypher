// name: orphans
// summary: Nodes that nothing is joined to, by label.
// access: read
// param named: INTEGER, 0 to 100, most nodes named, default 5
// column label: STRING
// column nodes: INTEGER, most first
// column ids: LIST<STRING>, some of them
// used by: analysts, health of the graph
// cost: all nodes
MATCH (node:User|Product|Category|Brand|Tag|Entity|Post|Community|Campaign|Segment)
WHERE NOT EXISTS { (node)--() }
WITH labels(node)[0] AS label, node.id AS node_id
ORDER BY label, node_id
WITH label, collect(node_id) AS ids
RETURN label, size(ids) AS nodes, ids[..$named] AS ids
ORDER BY nodes DESC, label
