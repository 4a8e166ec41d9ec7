// name: friends_purchases
// summary: Products that people whom the user follows did something with, and the user did not.
// access: read
// param user_id: STRING, id of a User
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column friends: INTEGER, distinct people, most first
// column last_at: INTEGER, ms since 1970 of the newest action, or -1
// used by: analysts, feed and social
// cost: two hops from one user
MATCH (me:User {id: $user_id})-[:FOLLOWS]->(friend:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (friend)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] }) AND product.deleted IS NULL
  AND NOT EXISTS { (me)-[:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product) }
RETURN product.id AS product_id, product.title AS title, count(DISTINCT friend) AS friends,
       max(coalesce(coalesce(r.at, r.last_at), -1)) AS last_at
ORDER BY friends DESC, last_at DESC, product_id
LIMIT $limit
