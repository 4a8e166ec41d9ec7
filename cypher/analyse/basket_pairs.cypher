// name: basket_pairs
// summary: Pairs of products that are bought together, with support, confidence and lift. A basket is one person's order, or what one person chose on one day; actions with neither order nor time are in none.
// access: read
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param min_support: FLOAT, 0 to 1, least share of all baskets, default 0.001
// param largest: INTEGER, 2 to 1000, greater baskets are left out, default 50
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column other_id: STRING, a greater id
// column baskets: INTEGER, with both
// column support: FLOAT, share of all baskets
// column confidence: FLOAT, share of the baskets with the first that hold the other
// column lift: FLOAT, support over what chance would give, most first
// used by: analysts, products
// cost: all actions, and all pairs of each basket
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
WITH person, CASE WHEN r.order_id IS NULL THEN 'day ' + toString(coalesce(r.at, r.last_at) / 86400000) ELSE 'order ' + r.order_id END AS basket, product
WHERE basket IS NOT NULL
WITH person, basket, collect(DISTINCT product) AS items
WHERE size(items) <= $largest
WITH collect(items) AS baskets, count(*) AS all
CALL (baskets, all) {
  UNWIND baskets AS items
  UNWIND items AS item
  WITH item, all, count(*) AS held
  WHERE held >= $min_support * all
  RETURN collect({row: item.row, held: held}) AS frequent, collect(item.row) AS frequent_rows
}
UNWIND baskets AS items
WITH frequent, all, [item IN items WHERE item.row IN frequent_rows] AS items
WHERE size(items) > 1
UNWIND items AS one
UNWIND items AS other
WITH frequent, all, one, other WHERE one.id < other.id
WITH frequent, all, one, other, count(*) AS both
WHERE both >= $min_support * all
WITH all, one, other, both, head([each IN frequent WHERE each.row = one.row]).held AS of_one,
     head([each IN frequent WHERE each.row = other.row]).held AS of_other
RETURN one.id AS product_id, other.id AS other_id, both AS baskets, toFloat(both) / all AS support,
       toFloat(both) / of_one AS confidence, toFloat(both) * all / (toFloat(of_one) * of_other) AS lift
ORDER BY lift DESC, baskets DESC, product_id, other_id
LIMIT $limit
