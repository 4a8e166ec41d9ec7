// name: path_holds
// summary: Whether every edge of an explanation is in the graph; `GET /v1/explain` gives the parameters.
// access: read
// param from_labels: LIST<STRING>, label of the node that each edge begins at, default []
// param from_ids: LIST<STRING>, its id, default []
// param types: LIST<STRING>, relationship type of each edge, default []
// param to_labels: LIST<STRING>, label of the node that each edge ends at, default []
// param to_ids: LIST<STRING>, its id, default []
// param predicates: LIST<STRING>, what each edge of knowledge says; empty for all others, default []
// column holds: BOOLEAN, whether all edges are there; no row where none is asked about
// column edges: INTEGER, how many of them are
// used by: analysts; the check of explanations
// cost: one index seek and the relationships of one node for each edge
UNWIND range(0, size($types) - 1) AS place
CALL (place) {
  MATCH (a:User {id: $from_ids[place]}) WHERE $from_labels[place] = 'User' RETURN a
  UNION ALL
  MATCH (a:Product {id: $from_ids[place]}) WHERE $from_labels[place] = 'Product' RETURN a
  UNION ALL
  MATCH (a:Category {id: $from_ids[place]}) WHERE $from_labels[place] = 'Category' RETURN a
  UNION ALL
  MATCH (a:Brand {id: $from_ids[place]}) WHERE $from_labels[place] = 'Brand' RETURN a
  UNION ALL
  MATCH (a:Tag {id: $from_ids[place]}) WHERE $from_labels[place] = 'Tag' RETURN a
  UNION ALL
  MATCH (a:Entity {id: $from_ids[place]}) WHERE $from_labels[place] = 'Entity' RETURN a
}
MATCH (a)-[r:FOLLOWS|VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED|MADE_BY|IN_CATEGORY|TAGGED|SUBCATEGORY_OF|RELATED]->(b)
WHERE type(r) = $types[place] AND b.id = $to_ids[place] AND $to_labels[place] IN labels(b)
  AND ($predicates[place] = '' OR r.predicate = $predicates[place])
WITH count(DISTINCT place) AS edges
WHERE size($types) > 0
RETURN edges = size($types) AS holds, edges
