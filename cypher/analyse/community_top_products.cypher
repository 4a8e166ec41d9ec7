// name: community_top_products
// summary: What a community chooses more than everybody does.
// access: read
// param community: INTEGER, as written back to User.community
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param least: INTEGER, 1 to 1000000, products that fewer of them chose are left out, default 3
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column people: INTEGER, of the community
// column lift: FLOAT, their share of all who chose it over their share of everybody, most first
// used by: analysts, communities
// cost: the actions of one community, and the people of its products
MATCH (member:User {community: $community})
WITH collect(member) AS members, count(member) AS size, COUNT { (:User) } AS everybody
UNWIND members AS member
MATCH (member)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (member)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH product, size, everybody, count(DISTINCT member) AS people
WHERE people >= $least
MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(anybody:User)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (anybody)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH product, size, everybody, people, count(DISTINCT anybody) AS all
RETURN product.id AS product_id, product.title AS title, people,
       (toFloat(people) / all) / (toFloat(size) / everybody) AS lift
ORDER BY lift DESC, people DESC, product_id
LIMIT $limit
