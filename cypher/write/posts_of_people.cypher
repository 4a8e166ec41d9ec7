// name: posts_of_people
// summary: Rows of the posts of some people.
// access: read
// param rows: LIST<INTEGER>, of the people
// column row: INTEGER, of a post
// used by: graph.store.neo4j.tables
// cost: the posts of the people
UNWIND $rows AS person_row
MATCH (:User {row: person_row})-[:POSTED|ENDED_POSTED]->(post:Post)
WITH DISTINCT post.row AS row
RETURN row
ORDER BY row
