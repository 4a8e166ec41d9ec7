// name: dangling
// summary: Nodes that relationships name and nobody has described, by label.
// access: read
// param named: INTEGER, 0 to 100, most nodes named, default 5
// column label: STRING
// column nodes: INTEGER, most first
// column share: FLOAT, of all of that label
// column ids: LIST<STRING>, some of them
// used by: analysts, health of the graph
// cost: all nodes
MATCH (node:User|Product|Category|Brand|Tag|Post|Community)
WITH labels(node)[0] AS label, node.id AS node_id,
     all(name IN keys(node) WHERE name IN ['id', 'row', 'pagerank', 'community', 'segment', 'influence', 'deleted']
       OR name STARTS WITH '_' OR name STARTS WITH 'embedding_') AS bare
ORDER BY label, node_id
WITH label, count(*) AS all, collect(CASE WHEN bare THEN node_id END) AS ids
WHERE size(ids) > 0
RETURN label, size(ids) AS nodes, toFloat(size(ids)) / all AS share, ids[..$named] AS ids
ORDER BY nodes DESC, label
