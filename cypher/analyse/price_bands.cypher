// name: price_bands
// summary: Products, actions and people by band of price.
// access: read
// param currency: STRING, ISO 4217 code of the prices, default "EUR"
// param width_minor: INTEGER, 1 to 1000000000, width of a band in the smallest unit, default 1000
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// column from_minor: INTEGER, least price of the band
// column products: INTEGER
// column actions: INTEGER
// column people: INTEGER, distinct
// used by: analysts, products
// cost: all actions
MATCH (product:Product {currency: $currency})
WHERE product.price_minor IS NOT NULL
WITH product.price_minor / $width_minor * $width_minor AS from_minor, product
OPTIONAL MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(person:User)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
RETURN from_minor, count(DISTINCT product) AS products, count(r) AS actions, count(DISTINCT person) AS people
ORDER BY from_minor
