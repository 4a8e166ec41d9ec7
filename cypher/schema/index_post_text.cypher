// name: index_post_text
// summary: Full-text search in posts.
// access: schema
// used by: graph.store.neo4j.schema
CREATE FULLTEXT INDEX post_text IF NOT EXISTS FOR (n:Post) ON EACH [n.text]
