// name: index_product_text
// summary: Full-text search in titles and descriptions of products.
// access: schema
// used by: graph.store.neo4j.schema
CREATE FULLTEXT INDEX product_text IF NOT EXISTS FOR (n:Product) ON EACH [n.title, n.description]
