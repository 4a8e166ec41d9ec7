// name: index_user_text
// summary: Full-text search in names and handles of people.
// access: schema
// used by: graph.store.neo4j.schema
CREATE FULLTEXT INDEX user_text IF NOT EXISTS FOR (n:User) ON EACH [n.display_name, n.handle]
