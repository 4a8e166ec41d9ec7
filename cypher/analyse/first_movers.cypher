// name: first_movers
// summary: People whose choices in a category their followers make after them.
// access: read
// param category_id: STRING, id of a Category
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param days: FLOAT, 0.01 to 3650, within so many days, default 30.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column adoptions: INTEGER, pairs of a follower and a product, most first
// column followers: INTEGER, distinct, who did so
// column products: INTEGER, distinct
// used by: analysts, influence
// cost: all actions in one category
MATCH (:Category {id: $category_id})<-[:IN_CATEGORY]-(product:Product)<-[mine:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(leader:User)
WHERE type(mine) IN $actions AND coalesce(mine.value, 5) >= $min_stars AND coalesce(mine.at, mine.last_at) IS NOT NULL
WITH product, leader, min(coalesce(mine.at, mine.last_at)) AS acted_at
MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(follower:User)
WHERE type(r) IN $actions AND coalesce(r.value, 5) >= $min_stars AND coalesce(r.at, r.last_at) > acted_at AND coalesce(r.at, r.last_at) <= acted_at + $days * 86400000 AND EXISTS { (follower)-[:FOLLOWS]->(leader) }
WITH DISTINCT leader, product, follower
RETURN leader.id AS user_id, count(*) AS adoptions, count(DISTINCT follower) AS followers,
       count(DISTINCT product) AS products
ORDER BY adoptions DESC, user_id
LIMIT $limit
