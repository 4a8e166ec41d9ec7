// name: popular
// summary: Products that people did most with, each action faded by its age.
// access: read
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.popular.Popular
// used by: analysts; the oracle of the source named above
// cost: all actions
MATCH (product:Product)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(person:User)
WHERE $actions[type(r)] > 0 AND product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
WITH product, person, type(r) AS action, CASE WHEN type(r) IN ['RATED', 'REVIEWED'] THEN '' ELSE elementId(r) END AS each,
     max([coalesce(r.at, r.last_at, -1), coalesce(r.event_id, ''), round(coalesce(r.value, 0.0) * 2, 0, 'HALF_EVEN') / 2]) AS newest
WHERE each <> '' OR newest[2] >= $min_stars
WITH product, $actions[action] AS weight, newest[0] AS at
WITH product, sum(weight * CASE WHEN $now < 60000 OR at / 60000 >= $now / 60000 THEN 1.0
  WHEN at < 60000 THEN 0.0625
  ELSE 0.5 ^ (($now / 60000 - at / 60000) / ($half_life_days * 1440.0)) END) AS score
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
