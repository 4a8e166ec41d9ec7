// name: why_product
// summary: Paths of at most four steps from a user to a product, through people and through knowledge.
// access: read
// param user_id: STRING, id of a User
// param product_id: STRING, id of a Product
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param newest: INTEGER, 1 to 10000, newest actions on the product that are followed further, default 100
// param per_pattern: INTEGER, 1 to 50, most paths of one kind, default 3
// column pattern: STRING, which kind of path
// column steps: INTEGER, relationships on the way
// column ids: LIST<STRING>, nodes along the way
// column relationships: LIST<STRING>, their types
// used by: analysts, feed and social
// cost: both ends are given; what lies between is expanded from the newest actions on the product
MATCH (me:User {id: $user_id}), (product:Product {id: $product_id})
CALL (me, product) {
  MATCH (me)-[:FOLLOWS]->(friend:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product)
  WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (r.value IS NULL OR NOT EXISTS { (friend)-[newer:RATED|REVIEWED]->(product)
      WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
  RETURN DISTINCT 'friend' AS pattern, [me.id, friend.id, product.id] AS ids, ['FOLLOWS', type(r)] AS relationships
  ORDER BY ids, relationships LIMIT $per_pattern
  UNION ALL
  MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(other:User)
  WHERE other <> me AND type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (r.value IS NULL OR NOT EXISTS { (other)-[newer:RATED|REVIEWED]->(product)
      WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
  WITH me, product, r, other ORDER BY coalesce(r.at, r.last_at, -1) DESC, other.id LIMIT $newest
  MATCH (other)<-[:FOLLOWS]-(friend:User)<-[:FOLLOWS]-(me)
  RETURN DISTINCT 'friend of a friend' AS pattern, [me.id, friend.id, other.id, product.id] AS ids,
         ['FOLLOWS', 'FOLLOWS', type(r)] AS relationships
  ORDER BY ids, relationships LIMIT $per_pattern
  UNION ALL
  MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(peer:User)
  WHERE peer <> me AND type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (r.value IS NULL OR NOT EXISTS { (peer)-[newer:RATED|REVIEWED]->(product)
      WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
  WITH me, product, r, peer ORDER BY coalesce(r.at, r.last_at, -1) DESC, peer.id LIMIT $newest
  MATCH (peer)-[a:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(mine:Product)<-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(me)
  WHERE mine <> product AND type(own) IN $actions AND coalesce(own.value, CASE type(own) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (own.value IS NULL OR NOT EXISTS { (me)-[newer:RATED|REVIEWED]->(mine)
      WHERE type(newer) = type(own) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(own.at, -1), own.event_id] })
    AND type(a) IN $actions AND coalesce(a.value, CASE type(a) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (a.value IS NULL OR NOT EXISTS { (peer)-[newer:RATED|REVIEWED]->(mine)
      WHERE type(newer) = type(a) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(a.at, -1), a.event_id] })
  RETURN DISTINCT 'same taste' AS pattern, [me.id, mine.id, peer.id, product.id] AS ids,
         [type(own), type(a), type(r)] AS relationships
  ORDER BY ids, relationships LIMIT $per_pattern
  UNION ALL
  MATCH (me)-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(mine:Product)-[one:IN_CATEGORY|MADE_BY|TAGGED]->(shared)<-[other:IN_CATEGORY|MADE_BY|TAGGED]-(product)
  WHERE mine <> product AND type(own) IN $actions AND coalesce(own.value, CASE type(own) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (own.value IS NULL OR NOT EXISTS { (me)-[newer:RATED|REVIEWED]->(mine)
      WHERE type(newer) = type(own) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(own.at, -1), own.event_id] })
  RETURN DISTINCT 'shared knowledge' AS pattern, [me.id, mine.id, shared.id, product.id] AS ids,
         [type(own), type(one), type(other)] AS relationships
  ORDER BY ids, relationships LIMIT $per_pattern
  UNION ALL
  MATCH (me)-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(mine:Product)-[:IN_CATEGORY]->(category:Category)-[:SUBCATEGORY_OF]->(kind:Category)<-[:IN_CATEGORY]-(product)
  WHERE mine <> product AND type(own) IN $actions AND coalesce(own.value, CASE type(own) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (own.value IS NULL OR NOT EXISTS { (me)-[newer:RATED|REVIEWED]->(mine)
      WHERE type(newer) = type(own) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(own.at, -1), own.event_id] })
  RETURN DISTINCT 'wider category' AS pattern, [me.id, mine.id, category.id, kind.id, product.id] AS ids,
         [type(own), 'IN_CATEGORY', 'SUBCATEGORY_OF', 'IN_CATEGORY'] AS relationships
  ORDER BY ids, relationships LIMIT $per_pattern
}
RETURN pattern, size(relationships) AS steps, ids, relationships
ORDER BY steps, pattern, ids, relationships
