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
WHERE type(own) IN $actions AND coalesce(own.value, CASE type(own) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
WITH DISTINCT this, person, CASE WHEN own.order_id IS NULL THEN 'day ' + toString(coalesce(own.at, own.last_at) / 86400000) ELSE 'order ' + own.order_id END AS basket
WHERE basket IS NOT NULL
WITH this, collect({person: person, basket: basket}) AS baskets
UNWIND baskets AS each
WITH this, size(baskets) AS all, each.person AS person, each.basket AS basket
MATCH (person)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(other:Product)
WHERE other <> this AND other.deleted IS NULL AND type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND CASE WHEN r.order_id IS NULL THEN 'day ' + toString(coalesce(r.at, r.last_at) / 86400000) ELSE 'order ' + r.order_id END = basket
WITH DISTINCT this, all, other, person, basket
WITH this, all, other, count(*) AS both
WHERE both >= $min_baskets
RETURN other.id AS product_id, other.title AS title, both AS baskets, toFloat(both) / all AS share,
       CASE WHEN this.currency = other.currency THEN this.price_minor + other.price_minor END AS price_minor
ORDER BY baskets DESC, product_id
LIMIT $limit
