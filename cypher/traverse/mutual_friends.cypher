// name: mutual_friends
// summary: People whom the user's friends follow; a friend who follows many says less of each.
// access: read
// param user_id: STRING, id of a User
// param friends: INTEGER, 1 to 10000, most recently followed people whose follows are looked at, default 200
// param fan_out: INTEGER, 1 to 10000, newest follows of each, default 100
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column user_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.social.MutualFriends
// used by: analysts; the oracle of the source named above
// cost: two hops from one user, bounded by friends times fan_out
MATCH (me:User {id: $user_id})-[f:FOLLOWS]->(friend:User)
WHERE friend.deleted IS NULL AND coalesce(friend.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(friend) } AND NOT EXISTS { (friend)-[:BLOCKED]->(me) }
WITH me, friend ORDER BY coalesce(f.last_at / 60000, 0) DESC, friend.row LIMIT $friends
CALL (friend) {
  MATCH (friend)-[f:FOLLOWS]->(other:User)
  RETURN other ORDER BY coalesce(f.last_at / 60000, 0) DESC, other.row LIMIT $fan_out
}
WITH me, other, sum(COUNT { (friend)-[:FOLLOWS]->(:User) } ^ -0.5) AS score
WHERE other <> me AND other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:FOLLOWS]->(other) } AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(other) } AND NOT EXISTS { (other)-[:BLOCKED]->(me) }
RETURN other.id AS user_id, score
ORDER BY score DESC, other.row
LIMIT $limit
