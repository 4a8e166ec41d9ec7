// name: concept_match
// summary: Products of the categories, brands, tags and entities that the user chooses from; rare ones say more.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param category: FLOAT, 0 to 1000, worth of a shared category, default 1.0
// param brand: FLOAT, 0 to 1000, worth of a shared brand, default 1.0
// param tag: FLOAT, 0 to 1000, worth of a shared tag, default 1.0
// param entity: FLOAT, 0 to 1000, worth of a shared entity, default 1.0
// param anchors: INTEGER, 1 to 256, newest products of the user's that count, default 50
// param levels: INTEGER, 0 to 4, steps up the tree of categories and down again, default 2
// param lift: FLOAT, 0 to 1, worth of each such step, default 0.5
// param concepts: INTEGER, 1 to 1000, concepts of each kind that are looked into, default 20
// param fan_out: INTEGER, 1 to 10000, products of each concept, those that came last to the graph, default 200
// param popularity: FLOAT, 0 to 100, how much more a popular product counts, default 1.0
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.knowledge.ConceptMatch
// used by: analysts; the oracle of the source named above
// cost: two hops from one user, bounded at each concept, then all actions on the products found
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
WITH me, collect({anchor: anchor, worth: worth}) AS own, COUNT { (:Product) } AS products
CALL (own, products) {
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  MATCH (anchor)-[:IN_CATEGORY]->(direct:Category)
  WITH direct, sum(worth) AS worth
  MATCH (direct)-[up:SUBCATEGORY_OF*0..4]->(above:Category) WHERE size(up) <= $levels
  WITH above, sum(worth * $lift ^ size(up)) AS worth
  MATCH (above)<-[down:SUBCATEGORY_OF*0..4]-(concept:Category) WHERE size(down) <= $levels
  WITH concept, sum(worth * $lift ^ size(down)) AS worth,
       COUNT { (concept)<-[:IN_CATEGORY]-(:Product) } AS degree
  WITH concept, worth * $category * CASE degree WHEN 0 THEN 0.0
         ELSE log(1 + toFloat(products) / degree) END AS worth
    WHERE worth > 0
  WITH concept, worth ORDER BY worth DESC, concept.row LIMIT $concepts
  CALL (concept) {
    MATCH (concept)<-[:IN_CATEGORY]-(product:Product)
    WITH product ORDER BY product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum(worth) AS worth
  UNION ALL
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  MATCH (anchor)-[:MADE_BY]->(concept:Brand)
  WITH DISTINCT anchor, worth, concept
  WITH concept, sum(worth) AS worth, COUNT { (concept)<-[:MADE_BY]-(:Product) } AS degree
  WITH concept, worth * $brand * CASE degree WHEN 0 THEN 0.0
         ELSE log(1 + toFloat(products) / degree) END AS worth
    WHERE worth > 0
  WITH concept, worth ORDER BY worth DESC, concept.row LIMIT $concepts
  CALL (concept) {
    MATCH (concept)<-[:MADE_BY]-(product:Product)
    WITH product ORDER BY product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum(worth) AS worth
  UNION ALL
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  MATCH (anchor)-[:TAGGED]->(concept:Tag)
  WITH DISTINCT anchor, worth, concept
  WITH concept, sum(worth) AS worth, COUNT { (concept)<-[:TAGGED]-(:Product) } AS degree
  WITH concept, worth * $tag * CASE degree WHEN 0 THEN 0.0
         ELSE log(1 + toFloat(products) / degree) END AS worth
    WHERE worth > 0
  WITH concept, worth ORDER BY worth DESC, concept.row LIMIT $concepts
  CALL (concept) {
    MATCH (concept)<-[:TAGGED]-(product:Product)
    WITH product ORDER BY product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum(worth) AS worth
  UNION ALL
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  MATCH (anchor)-[:RELATED]->(concept:Entity)
  WITH DISTINCT anchor, worth, concept
  WITH concept, sum(worth) AS worth, COUNT { (concept)<-[:RELATED]-(:Product) } AS degree
  WITH concept, worth * $entity * CASE degree WHEN 0 THEN 0.0
         ELSE log(1 + toFloat(products) / degree) END AS worth
    WHERE worth > 0
  WITH concept, worth ORDER BY worth DESC, concept.row LIMIT $concepts
  CALL (concept) {
    MATCH (concept)<-[r:RELATED]-(product:Product) MATCH (predicate:Predicate {id: r.predicate})
    WITH product ORDER BY predicate.row, product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum(worth) AS worth
}
WITH me, product, sum(worth) AS worth
WHERE product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
  AND NOT EXISTS { (me)-[:LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product) }
CALL (product) {
  MATCH (product)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(person:User)
  WHERE $actions[type(r)] > 0
  WITH product, person, type(r) AS action, CASE WHEN type(r) IN ['RATED', 'REVIEWED'] THEN '' ELSE elementId(r) END AS each,
       max([coalesce(r.at, r.last_at, -1), coalesce(r.event_id, ''), round(coalesce(r.value, 0.0) * 2, 0, 'HALF_EVEN') / 2]) AS newest
  WHERE each <> '' OR newest[2] >= $min_stars
  WITH product, $actions[action] AS weight, newest[0] AS at
  RETURN sum(weight * CASE WHEN $now < 60000 OR at / 60000 >= $now / 60000 THEN 1.0
    WHEN at < 60000 THEN 0.0625
    ELSE 0.5 ^ (($now / 60000 - at / 60000) / ($half_life_days * 1440.0)) END) AS popular
}
WITH product, worth * (1 + $popularity * log(1 + popular)) AS score
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
