// name: ties_through_posts
// summary: Whom posts tie together: who commented on or liked one, and who published it.
// access: read
// param rows: LIST<INTEGER>, of the posts
// column person: INTEGER, row of the person
// column author: INTEGER, row of the author
// used by: graph.store.neo4j.tables
// cost: the comments and likes of these posts
UNWIND $rows AS row
MATCH (author:User)-[:POSTED]->(:Post {row: row})<-[:COMMENTED|LIKED]-(person:User)
RETURN DISTINCT person.row AS person, author.row AS author
