// name: why_product
// summary: Paths of at most four steps from a user to a product, through people and through knowledge.
// access: read
// param user_id: STRING, id of a User
// param product_id: STRING, id of a Product
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param per_pattern: INTEGER, 1 to 50, most paths of one kind, default 3
// column pattern: STRING, which kind of path
// column steps: INTEGER, relationships on the way
// column ids: LIST<STRING>, nodes along the way
// column relationships: LIST<STRING>, their types
// used by: analysts, feed and social
// cost: both ends are given; what lies between is expanded from the side of the product
MATCH (me:User {id: $user_id}), (product:Product {id: $product_id})
CALL (me, product) {
  MATCH path = (me)-[:FOLLOWS]->(friend:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product)
  WHERE type(r) IN $actions AND coalesce(r.value, 5) >= $min_stars
  RETURN 'friend' AS pattern, path, friend.id AS key
  ORDER BY key LIMIT $per_pattern
  UNION ALL
  MATCH path = (me)-[:FOLLOWS]->(friend:User)-[:FOLLOWS]->(other:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product)
  WHERE other <> me AND type(r) IN $actions AND coalesce(r.value, 5) >= $min_stars
  RETURN 'friend of a friend' AS pattern, path, friend.id + ' ' + other.id AS key
  ORDER BY key LIMIT $per_pattern
  UNION ALL
  MATCH path = (me)-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(mine:Product)<-[a:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(peer:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product)
  WHERE peer <> me AND mine <> product AND type(r) IN $actions AND coalesce(r.value, 5) >= $min_stars AND type(own) IN $actions AND coalesce(own.value, 5) >= $min_stars AND type(a) IN $actions AND coalesce(a.value, 5) >= $min_stars
  RETURN 'same taste' AS pattern, path, mine.id + ' ' + peer.id AS key
  ORDER BY key LIMIT $per_pattern
  UNION ALL
  MATCH path = (me)-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(mine:Product)-[:IN_CATEGORY|MADE_BY|TAGGED]->(shared)<-[:IN_CATEGORY|MADE_BY|TAGGED]-(product)
  WHERE mine <> product AND type(own) IN $actions AND coalesce(own.value, 5) >= $min_stars
  RETURN 'shared knowledge' AS pattern, path, mine.id + ' ' + shared.id AS key
  ORDER BY key LIMIT $per_pattern
  UNION ALL
  MATCH path = (me)-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(mine:Product)-[:IN_CATEGORY]->(:Category)-[:SUBCATEGORY_OF]->(kind:Category)<-[:IN_CATEGORY]-(product)
  WHERE mine <> product AND type(own) IN $actions AND coalesce(own.value, 5) >= $min_stars
  RETURN 'wider category' AS pattern, path, mine.id + ' ' + kind.id AS key
  ORDER BY key LIMIT $per_pattern
}
RETURN pattern, length(path) AS steps, [node IN nodes(path) | node.id] AS ids,
       [each IN relationships(path) | type(each)] AS relationships
ORDER BY steps, pattern, ids
