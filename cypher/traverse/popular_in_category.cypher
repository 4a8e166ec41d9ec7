// name: popular_in_category
// summary: Popular products of the categories that the user chooses from, by the category's share of what they chose.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param anchors: INTEGER, 1 to 256, newest products of the user's whose categories count, default 50
// param categories: INTEGER, 1 to 100, categories looked into, those with the largest share, default 5
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.popular.PopularInCategory
// used by: analysts; the oracle of the source named above
// cost: all actions on the products of a few categories
MATCH (me:User {id: $user_id})
CALL (me) {
  MATCH (me)-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(anchor:Product)
  WITH anchor, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH anchor, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH anchor, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
       CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
  WITH anchor, action, minute, stars, CASE WHEN stars IS NULL
         THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
         ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
    WHERE $actions[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
  WITH anchor, max([minute, code]) AS newest, max($actions[action] * CASE WHEN $now < 60000 OR minute >= $now / 60000 THEN 1.0
    WHEN minute <= 0 THEN 0.0625
    ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS worth
  RETURN anchor, worth ORDER BY newest DESC, anchor.row LIMIT $anchors
}
MATCH (anchor)-[:IN_CATEGORY]->(category:Category)
WITH me, category, sum(worth) AS share ORDER BY share DESC, category.row LIMIT $categories
CALL (me, category) {
  MATCH (category)<-[:IN_CATEGORY]-(product:Product)
  WHERE product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
    AND NOT EXISTS { (me)-[:LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product) }
  MATCH (product)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(person:User)
  WHERE $actions[type(r)] > 0
  WITH product, person, type(r) AS action, CASE WHEN type(r) IN ['RATED', 'REVIEWED'] THEN '' ELSE elementId(r) END AS each,
       max([coalesce(r.at, r.last_at, -1), coalesce(r.event_id, ''), round(coalesce(r.value, 0.0) * 2, 0, 'HALF_EVEN') / 2]) AS newest
  WHERE each <> '' OR newest[2] >= $min_stars
  WITH product, $actions[action] AS weight, newest[0] AS at
  WITH product, sum(weight * CASE WHEN $now < 60000 OR at / 60000 >= $now / 60000 THEN 1.0
    WHEN at < 60000 THEN 0.0625
    ELSE 0.5 ^ (($now / 60000 - at / 60000) / ($half_life_days * 1440.0)) END) AS score
  WITH product, score ORDER BY score DESC, product.row LIMIT $limit
  WITH collect(product) AS products, collect(score) AS scores
  UNWIND range(0, size(products) - 1) AS place
  RETURN products[place] AS product, scores[place] / scores[0] AS part
}
WITH product, max(share * part) AS score
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
