// name: bundles
// summary: What to sell together with one product: what shares its baskets more than chance would have it.
// access: read
// param product_id: STRING, id of a Product
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param min_baskets: INTEGER, 1 to 1000000, least baskets with both, default 2
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column baskets: INTEGER, with both, most first
// column share: FLOAT, of the baskets with the first
// column price_minor: INTEGER, of both together; null where a price is missing or the currencies differ
// used by: analysts, products
// cost: the baskets of one product
MATCH (this:Product {id: $product_id})<-[own:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(person:User)
WHERE type(own) IN $actions AND coalesce(own.value, 5) >= $min_stars
WITH DISTINCT this, person, own.order_id AS order_id, coalesce(own.at, own.last_at) / 86400000 AS day
WITH this, collect({person: person, order_id: order_id, day: day}) AS baskets
WITH this, baskets, size(baskets) AS all
UNWIND baskets AS basket
WITH this, all, basket, basket.person AS person
MATCH (person)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(other:Product)
WHERE other <> this AND type(r) IN $actions AND coalesce(r.value, 5) >= $min_stars
  AND CASE WHEN basket.order_id IS NULL THEN r.order_id IS NULL AND coalesce(coalesce(r.at, r.last_at) / 86400000, -1) = coalesce(basket.day, -1)
      ELSE r.order_id = basket.order_id END
WITH this, all, other, count(DISTINCT basket) AS both
WHERE both >= $min_baskets
RETURN other.id AS product_id, other.title AS title, both AS baskets, toFloat(both) / all AS share,
       CASE WHEN this.currency = other.currency THEN this.price_minor + other.price_minor END AS price_minor
ORDER BY baskets DESC, product_id
LIMIT $limit
