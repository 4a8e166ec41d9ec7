// name: friends_of_friends
// summary: People whom the user's friends follow and the user does not; not those who are private or shut out.
// access: read
// param user_id: STRING, id of a User
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column name: STRING, where there is one
// column mutual: INTEGER, friends who follow them, most first
// used by: analysts, feed and social
// cost: two hops from one user
MATCH (me:User {id: $user_id})-[:FOLLOWS]->(friend:User)-[:FOLLOWS]->(other:User)
WHERE other <> me AND NOT EXISTS { (me)-[:FOLLOWS|BLOCKED|MUTED]->(other) } AND NOT EXISTS { (other)-[:BLOCKED]->(me) }
  AND other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
RETURN other.id AS user_id, other.display_name AS name, count(DISTINCT friend) AS mutual
ORDER BY mutual DESC, user_id
LIMIT $limit
