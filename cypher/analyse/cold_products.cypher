// name: cold_products
// summary: The newest products that hardly anybody chose, with the best-known product that shares most knowledge with each.
// access: read
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param most: INTEGER, 0 to 1000, cold is who has at most so many actions, default 2
// param warm: INTEGER, 1 to 1000000, warm is who has at least so many, default 20
// param limit: INTEGER, 1 to 500, most rows, default 20
// column product_id: STRING
// column title: STRING, where there is one
// column actions: INTEGER
// column neighbour_id: STRING, a warm product
// column shared: INTEGER, categories, brands and tags of both, most first
// column neighbour_actions: INTEGER
// used by: analysts, products
// cost: all products, and those that share knowledge with the cold ones that are shown
MATCH (product:Product)
WHERE product.deleted IS NULL
WITH product, COUNT { (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-() WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars } AS actions
WHERE actions <= $most AND EXISTS { (product)-[:IN_CATEGORY|MADE_BY|TAGGED]->() }
WITH product, actions ORDER BY product.row DESC
CALL (product) {
  MATCH (product)-[:IN_CATEGORY|MADE_BY|TAGGED]->(known)<-[:IN_CATEGORY|MADE_BY|TAGGED]-(neighbour:Product)
  WITH neighbour, count(DISTINCT known) AS shared, COUNT { (neighbour)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-() WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars } AS neighbour_actions
  WHERE neighbour_actions >= $warm AND neighbour.deleted IS NULL
  RETURN neighbour, shared, neighbour_actions
  ORDER BY shared DESC, neighbour_actions DESC, neighbour.id
  LIMIT 1
}
WITH product, actions, neighbour, shared, neighbour_actions LIMIT $limit
RETURN product.id AS product_id, product.title AS title, actions, neighbour.id AS neighbour_id, shared, neighbour_actions
ORDER BY shared DESC, product_id
