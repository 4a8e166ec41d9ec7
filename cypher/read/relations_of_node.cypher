// name: relations_of_node
// summary: Every relationship of one node, in both directions, those that were taken back too.
// access: read
// param id: STRING, external id
// column type: STRING, relationship type; of a pair that was taken back it begins with ENDED_
// column outgoing: BOOLEAN, whether it leads away from the node
// column labels: LIST<STRING>, labels of the node at the other end
// column id: STRING, external id of that node
// column kept: MAP, all properties of the relationship
// used by: graph.store.neo4j.relations
// cost: the relationships of the node
MATCH (node:`{label}` {id: $id})-[r]-(other)
RETURN type(r) AS type, startNode(r) = node AS outgoing, labels(other) AS labels, other.id AS id,
       properties(r) AS kept
ORDER BY type, outgoing DESC, other.row, elementId(r)
