// name: readers_of_posts
// summary: Who commented on or liked posts.
// access: read
// param pairs: LIST<LIST>, row of an author and row of a post
// column person: INTEGER, row of a person who did
// column author: INTEGER, row of the author
// used by: graph.store.neo4j.tables
// cost: the comments and likes of these posts
UNWIND $pairs AS each
MATCH (:Post {row: each[1]})<-[:COMMENTED|LIKED]-(person:User)
RETURN DISTINCT person.row AS person, each[0] AS author
