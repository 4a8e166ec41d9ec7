// name: path_count
// summary: Products at the end of many short paths from the user's own: through categories, brands, tags, facts and people.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param category: FLOAT, 0 to 1000, worth of a path through a shared category, default 0.3
// param brand: FLOAT, 0 to 1000, worth of a path through a shared brand, default 1.0
// param tag: FLOAT, 0 to 1000, worth of a path through a shared tag, default 0.5
// param entity: FLOAT, 0 to 1000, worth of a path through a shared entity, default 1.0
// param onward: FLOAT, 0 to 1000, worth of a fact about the user's product that names the product, default 2.0
// param back: FLOAT, 0 to 1000, worth of a fact about the product that names the user's, default 2.0
// param people: FLOAT, 0 to 1000, worth of a path through a person, default 1.0
// param anchors: INTEGER, 1 to 256, newest products of the user's that paths start from, default 20
// param concepts: INTEGER, 1 to 1000, concepts of each kind that paths go through, default 100
// param fan_out: INTEGER, 1 to 10000, products that follow from one concept, facts of one product, default 100
// param asked: INTEGER, 1 to 10000, newest people of each product that paths go through, default 50
// param person_fan_out: INTEGER, 1 to 1000, newest actions of each person that count, default 20
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.knowledge.PathCount
// used by: analysts; the oracle of the source named above
// cost: three hops from one user, bounded at each
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
WITH me, collect({anchor: anchor, worth: worth}) AS own
CALL (me, own) {
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  MATCH (anchor)-[:IN_CATEGORY]->(concept:Category)
  WITH DISTINCT anchor, worth, concept
  WITH concept, sum(worth) AS worth ORDER BY worth DESC, concept.row LIMIT $concepts
  WITH concept, $category * worth * COUNT { (concept)<-[:IN_CATEGORY]-(:Product) } ^ -0.5 AS worth
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
  WITH concept, sum(worth) AS worth ORDER BY worth DESC, concept.row LIMIT $concepts
  WITH concept, $brand * worth * COUNT { (concept)<-[:MADE_BY]-(:Product) } ^ -0.5 AS worth
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
  WITH concept, sum(worth) AS worth ORDER BY worth DESC, concept.row LIMIT $concepts
  WITH concept, $tag * worth * COUNT { (concept)<-[:TAGGED]-(:Product) } ^ -0.5 AS worth
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
  WITH concept, sum(worth) AS worth ORDER BY worth DESC, concept.row LIMIT $concepts
  WITH concept, $entity * worth * COUNT { (concept)<-[:RELATED]-(:Product) } ^ -0.5 AS worth
  CALL (concept) {
    MATCH (concept)<-[r:RELATED]-(product:Product) MATCH (predicate:Predicate {id: r.predicate})
    WITH product ORDER BY predicate.row, product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum(worth) AS worth
  UNION ALL
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  CALL (anchor) {
    MATCH (anchor)-[r:RELATED]->(product:Product) MATCH (predicate:Predicate {id: r.predicate})
    WITH product ORDER BY predicate.row, product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum($onward * worth * COUNT { (anchor)-[:RELATED]->(:Product) } ^ -0.5) AS worth
  UNION ALL
  UNWIND own AS each
  WITH each.anchor AS anchor, each.worth AS worth
  CALL (anchor) {
    MATCH (anchor)<-[r:RELATED]-(product:Product) MATCH (predicate:Predicate {id: r.predicate})
    WITH product ORDER BY predicate.row, product.row DESC LIMIT $fan_out
    RETURN DISTINCT product
  }
  RETURN product, sum($back * worth * COUNT { (anchor)<-[:RELATED]-(:Product) } ^ -0.5) AS worth
  UNION ALL
  UNWIND own AS each
  WITH me, each.anchor AS anchor, each.worth AS share
  CALL (anchor) {
    MATCH (anchor)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(peer:User)
    WITH peer, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
    WITH peer, action, collect(r) AS told
    UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
    WITH peer, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
         CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
    WITH peer, action, minute, stars, CASE WHEN stars IS NULL
           THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
           ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
      ORDER BY minute DESC, code DESC, peer.row LIMIT 4 * $asked
      WHERE $actions[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
    WITH peer, action, minute ORDER BY minute DESC, code DESC, peer.row LIMIT $asked
    RETURN peer, max($actions[action] * CASE WHEN $now < 60000 OR minute >= $now / 60000 THEN 1.0
      WHEN minute <= 0 THEN 0.0625
      ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS strength
  }
  WITH me, peer, sum(share * strength) AS worth
  WHERE peer <> me AND peer.deleted IS NULL AND coalesce(peer.visibility, 'public') <> 'private'
    AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(peer) } AND NOT EXISTS { (peer)-[:BLOCKED]->(me) }
  WITH peer, $people * worth * (COUNT { (peer)-[:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED]->(:Product) }
         + COUNT { MATCH (peer)-[:RATED]->(other) RETURN DISTINCT other }
         + COUNT { MATCH (peer)-[:REVIEWED]->(other) RETURN DISTINCT other }) ^ -0.5 AS share
  CALL (peer) {
    MATCH (peer)-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product:Product)
    WITH product, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
    WITH product, action, collect(r) AS told
    UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
    WITH product, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
         CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
    WITH product, action, minute, stars, CASE WHEN stars IS NULL
           THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
           ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
      ORDER BY minute DESC, code DESC, product.row LIMIT 4 * $person_fan_out
      WHERE $actions[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
    WITH product, action, minute ORDER BY minute DESC, code DESC, product.row LIMIT $person_fan_out
    RETURN product, max($actions[action] * CASE WHEN $now < 60000 OR minute >= $now / 60000 THEN 1.0
      WHEN minute <= 0 THEN 0.0625
      ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS strength
  }
  RETURN product, sum(share * strength) AS worth
}
WITH me, product, sum(worth) AS score
WHERE score > 0 AND product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
  AND NOT EXISTS { (me)-[:LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product) }
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
