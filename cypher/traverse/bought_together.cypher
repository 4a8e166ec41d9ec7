// name: bought_together
// summary: Products that people bought at about the same time as this one; where nothing is ever bought, the other actions make a basket.
// access: read
// param product_id: STRING, id of a Product
// param actions: MAP<FLOAT>, weight of each relationship type that counts where nothing is bought, default {"LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param hours: FLOAT, 0 to 8784, two actions of one person that are at most so far apart belong together, default 24.0
// param people: INTEGER, 1 to 10000, newest times that the product was bought which are looked at, default 200
// param fan_out: INTEGER, 1 to 10000, newest actions of each of those people that are looked at, default 200
// param caution: FLOAT, 0 to 1000000, actions added to those on each product before it is said how many took it along, default 10.0
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.basket.BoughtTogether
// used by: analysts; the oracle of the source named above
// cost: two hops from one product, bounded at each
MATCH (anchor:Product {id: $product_id})
WITH anchor, CASE WHEN EXISTS { (:User)-[:BOUGHT]->(:Product) } THEN {BOUGHT: 1.0} ELSE $actions END AS counted
CALL (anchor, counted) {
  MATCH (anchor)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(peer:User)
  WITH counted, peer, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH counted, peer, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH counted, peer, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
       CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
  WITH counted, peer, action, minute, stars, CASE WHEN stars IS NULL
         THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
         ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
    ORDER BY minute DESC, code DESC, peer.row LIMIT 4 * $people
    WHERE counted[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
      AND minute > 0 AND peer.deleted IS NULL AND coalesce(peer.visibility, 'public') <> 'private'
  WITH peer, minute, code ORDER BY minute DESC, code DESC, peer.row LIMIT $people
  WITH collect([peer, minute]) AS baskets
  UNWIND range(0, size(baskets) - 1) AS basket
  RETURN basket, baskets[basket][0] AS peer, baskets[basket][1] AS bought_at
}
CALL (peer, bought_at, counted) {
  MATCH (peer)-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product:Product)
  WITH counted, bought_at, product, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH counted, bought_at, product, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH counted, bought_at, product, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
       CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
  WITH counted, bought_at, product, action, minute, stars, CASE WHEN stars IS NULL
         THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
         ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
    ORDER BY minute DESC, code DESC, product.row LIMIT $fan_out
    WHERE counted[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
      AND minute > 0 AND abs(minute - bought_at) <= $hours * 60
  RETURN DISTINCT product
}
WITH anchor, product, count(*) AS times
WHERE product <> anchor AND product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
WITH product, times / sqrt($caution + COUNT { (product)<-[:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED]-() }
       + COUNT { MATCH (product)<-[:RATED]-(other) RETURN DISTINCT other }
       + COUNT { MATCH (product)<-[:REVIEWED]-(other) RETURN DISTINCT other }) AS score
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
