// name: ties_of_pairs
// summary: What ties pairs of people: what is between them directly, and comments on and likes of posts.
// access: read
// param pairs: LIST<LIST>, row of a person and row of another
// column source: INTEGER, row of the person
// column target: INTEGER, row of the other
// column known: MAP, properties of the tie; null where there is none
// column count: INTEGER, comments and likes
// column last_at: INTEGER, ms since 1970 of the newest of them; -1 where unknown
// used by: graph.store.neo4j.tables
// cost: the posts of the other that the person had to do with
UNWIND $pairs AS each
MATCH (a:User {row: each[0]})
MATCH (b:User {row: each[1]})
OPTIONAL MATCH (a)-[tie:INTERACTED]->(b)
CALL (a, b) {
  MATCH (a)-[c:COMMENTED]->(:Post)<-[:POSTED]-(b)
  RETURN count(c) AS comments, max(coalesce(c.at, -1)) AS commented_at
}
CALL (a, b) {
  MATCH (a)-[l:LIKED]->(:Post)<-[:POSTED]-(b)
  RETURN coalesce(sum(l.count), 0) AS likes, max(coalesce(l.last_at, -1)) AS liked_at
}
RETURN each[0] AS source, each[1] AS target, properties(tie) AS known, comments + likes AS count,
       CASE WHEN coalesce(commented_at, -1) > coalesce(liked_at, -1) THEN commented_at ELSE coalesce(liked_at, -1) END
         AS last_at
