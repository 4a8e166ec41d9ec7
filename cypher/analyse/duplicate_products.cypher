// name: duplicate_products
// summary: Products with one title and one brand: perhaps the same thing twice.
// access: read
// param limit: INTEGER, 1 to 500, most rows, default 20
// column title: STRING, in small letters
// column brand: STRING, its id, if there is one
// column products: INTEGER, most first
// column ids: LIST<STRING>
// used by: analysts, health of the graph
// cost: all products
MATCH (product:Product)
WHERE product.title IS NOT NULL AND product.deleted IS NULL
WITH toLower(trim(product.title)) AS title, product.brand AS brand, product.id AS product_id
ORDER BY product_id
WITH title, brand, collect(product_id) AS ids
WHERE size(ids) > 1 AND title <> ''
RETURN title, brand, size(ids) AS products, ids
ORDER BY products DESC, title, coalesce(brand, '')
LIMIT $limit
