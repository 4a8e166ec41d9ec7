// name: people_to_follow
// summary: People to follow: those whom friends follow, friends who follow many counting less.
// access: read
// param user_id: STRING, id of a User
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column name: STRING, where there is one
// column score: FLOAT, best first
// column mutual: INTEGER, friends who follow them
// column shared_products: INTEGER, products that both did something with
// used by: analysts, feed and social
// cost: two hops from one user
MATCH (me:User {id: $user_id})-[:FOLLOWS]->(friend:User)
WITH me, friend, COUNT { (friend)-[:FOLLOWS]->() } AS follows
MATCH (friend)-[:FOLLOWS]->(other:User)
WHERE other <> me AND NOT EXISTS { (me)-[:FOLLOWS|BLOCKED|MUTED]->(other) } AND NOT EXISTS { (other)-[:BLOCKED]->(me) }
  AND other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
WITH me, other, sum(1.0 / sqrt(follows)) AS score, count(DISTINCT friend) AS mutual
ORDER BY score DESC, other.id
LIMIT $limit
RETURN other.id AS user_id, other.display_name AS name, score, mutual,
       COUNT { MATCH (me)-[:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)<-[:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(other) RETURN DISTINCT product } AS shared_products
ORDER BY score DESC, user_id
