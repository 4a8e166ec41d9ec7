// name: brand_loyalty
// summary: Brands by how many of their buyers came back, and what share of their choices the brand has.
// access: read
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param min_buyers: INTEGER, 1 to 1000000, brands with fewer are left out, default 5
// param limit: INTEGER, 1 to 500, most rows, default 20
// column brand_id: STRING
// column name: STRING, where there is one
// column buyers: INTEGER
// column returning: INTEGER, who chose it more than once
// column loyalty: FLOAT, returning over buyers, most first
// column share: FLOAT, mean share of a buyer's choices
// used by: analysts, products
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (person)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH person, product, count(r) AS times
WITH person, collect({product: product, times: times}) AS chosen, sum(times) AS all
UNWIND chosen AS each
WITH person, all, each.product AS product, each.times AS times
MATCH (product)-[:MADE_BY]->(brand:Brand)
WITH person, all, brand, sum(times) AS times
WITH brand, count(person) AS buyers, sum(CASE WHEN times > 1 THEN 1 ELSE 0 END) AS returning,
     avg(toFloat(times) / all) AS share
WHERE buyers >= $min_buyers
RETURN brand.id AS brand_id, brand.name AS name, buyers, returning, toFloat(returning) / buyers AS loyalty, share
ORDER BY loyalty DESC, buyers DESC, brand_id
LIMIT $limit
