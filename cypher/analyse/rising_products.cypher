// name: rising_products
// summary: Products with more actions in the last days than in as many days before.
// access: read
// param now: TIME, the present, default newest
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param days: FLOAT, 0.01 to 3650, length of both windows, default 7.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column recent: INTEGER, actions in the last days
// column before: INTEGER, actions in the days before those
// column growth: FLOAT, (recent + 1) / (before + 1), most first
// used by: analysts, products
// cost: all actions
MATCH (product:Product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(:User)
WHERE product.deleted IS NULL AND type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars AND coalesce(r.at, r.last_at) <= $now AND coalesce(r.at, r.last_at) > $now - 2 * $days * 86400000
WITH product, sum(CASE WHEN coalesce(r.at, r.last_at) > $now - $days * 86400000 THEN 1 ELSE 0 END) AS recent, count(*) AS all
WHERE recent > 0
WITH product, recent, all - recent AS before
RETURN product.id AS product_id, product.title AS title, recent, before, (recent + 1.0) / (before + 1.0) AS growth
ORDER BY growth DESC, recent DESC, product_id
LIMIT $limit
