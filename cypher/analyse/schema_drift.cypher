// name: schema_drift
// summary: Labels and relationship types in the database that the schema does not declare.
// access: read
// param labels: LIST<STRING>, those that are declared, default ["User", "Product", "Category", "Brand", "Tag", "Entity", "Post", "Community", "Campaign", "Segment", "Erased", "TastegraphStore", "Model"]
// param types: LIST<STRING>, those that are declared, default ["FOLLOWS", "BLOCKED", "MUTED", "INTERACTED", "VIEWED", "LIKED", "DISLIKED", "CARTED", "SHARED", "BOUGHT", "RETURNED", "RATED", "REVIEWED", "IN_CATEGORY", "MADE_BY", "TAGGED", "SUBCATEGORY_OF", "POSTED", "MENTIONS", "COMMENTED", "MEMBER_OF", "IN_SEGMENT", "TARGETS", "PROMOTES", "RELATED"]
// column kind: STRING, label or relationship type
// column name: STRING
// used by: analysts, health of the graph
// cost: the names that the database knows; one that nothing carries any more stays known
CALL () {
  CALL db.labels() YIELD label
  WITH label WHERE NOT label IN $labels AND EXISTS { MATCH (node:$(label)) RETURN node LIMIT 1 }
  RETURN 'label' AS kind, label AS name
  UNION ALL
  CALL db.relationshipTypes() YIELD relationshipType
  WITH relationshipType AS type_name
  WHERE NOT type_name IN $types AND NOT (type_name STARTS WITH 'ENDED_' AND substring(type_name, 6) IN $types)
    AND EXISTS { MATCH ()-[each:$(type_name)]->() RETURN each LIMIT 1 }
  RETURN 'relationship type' AS kind, type_name AS name
}
RETURN kind, name
ORDER BY kind, name
