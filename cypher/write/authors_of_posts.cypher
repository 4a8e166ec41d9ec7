// name: authors_of_posts
// summary: Who published the posts that people did something with.
// access: read
// param pairs: LIST<LIST>, row of a person and row of a post
// column person: INTEGER, row of the person
// column author: INTEGER, row of an author of that post
// used by: graph.store.neo4j.tables
// cost: two index seeks a pair
UNWIND $pairs AS each
MATCH (:Post {row: each[1]})<-[:POSTED]-(author:User)
RETURN DISTINCT each[0] AS person, author.row AS author
