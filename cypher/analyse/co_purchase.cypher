// name: co_purchase
// summary: Products that people chose who chose this one, with the lift over chance.
// access: read
// param product_id: STRING, id of a Product
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column people: INTEGER, who chose both, most first
// column share: FLOAT, of those who chose the first
// column lift: FLOAT, share over the share of everybody who chose the other
// used by: analysts, feed and social
// cost: two hops from one product, and a count of all people
MATCH (this:Product {id: $product_id})<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(person:User)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (person)-[newer:RATED|REVIEWED]->(this)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH this, collect(DISTINCT person) AS people, COUNT { (:User) } AS everybody
UNWIND people AS person
MATCH (person)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(other:Product)
WHERE other <> this AND other.deleted IS NULL AND type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (person)-[newer:RATED|REVIEWED]->(other)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH other, everybody, size(people) AS chose_this, count(DISTINCT person) AS both
ORDER BY both DESC, other.id
LIMIT $limit
MATCH (other)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(anybody:User)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (anybody)-[newer:RATED|REVIEWED]->(other)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH other, everybody, chose_this, both, count(DISTINCT anybody) AS chose_other
RETURN other.id AS product_id, other.title AS title, both AS people, toFloat(both) / chose_this AS share,
       toFloat(both) * everybody / (toFloat(chose_this) * chose_other) AS lift
ORDER BY people DESC, product_id
