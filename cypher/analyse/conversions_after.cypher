// name: conversions_after
// summary: Products that a user's followers chose within some days after the user did.
// access: read
// param user_id: STRING, id of a User
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param days: FLOAT, 0.01 to 3650, within so many days, default 14.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column acted_at: INTEGER, ms since 1970 of the user's first action
// column followers: INTEGER, who did so after, most first
// column share: FLOAT, of all followers
// used by: analysts, influence
// cost: one user's products and the people of each
MATCH (me:User {id: $user_id})-[mine:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)
WHERE type(mine) IN $actions AND coalesce(mine.value, CASE type(mine) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (mine.value IS NULL OR NOT EXISTS { (me)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(mine) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(mine.at, -1), mine.event_id] })
WITH me, product, min(coalesce(mine.at, mine.first_at)) AS acted_at, COUNT { (me)<-[:FOLLOWS]-() } AS everybody
MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(follower:User)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (follower)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
  AND EXISTS { (follower)-[:FOLLOWS]->(me) }
WITH product, acted_at, everybody, follower, min(coalesce(r.at, r.first_at)) AS followed_at
WHERE followed_at > acted_at AND followed_at <= acted_at + $days * 86400000
WITH product, acted_at, everybody, count(follower) AS followers
RETURN product.id AS product_id, product.title AS title, acted_at, followers, toFloat(followers) / everybody AS share
ORDER BY followers DESC, product_id
LIMIT $limit
