// name: followers
// summary: People who follow the user and are not followed back, newest first.
// access: read
// param user_id: STRING, id of a User
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column user_id: STRING
// column score: FLOAT, 100 / (100 + place), the newest having place 0
// same as: recommend.sources.social.Followers
// used by: analysts; the oracle of the source named above
// cost: one hop from one user
MATCH (me:User {id: $user_id})
CALL (me) {
  MATCH (me)<-[f:FOLLOWS]-(other:User)
  RETURN other, coalesce(f.last_at / 60000, 0) AS minute ORDER BY minute DESC, other.row LIMIT 2 * $limit
}
WITH me, other, minute
WHERE other <> me AND other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:FOLLOWS]->(other) } AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(other) } AND NOT EXISTS { (other)-[:BLOCKED]->(me) }
WITH other, minute ORDER BY minute DESC, other.row LIMIT $limit
WITH collect(other) AS others
UNWIND range(0, size(others) - 1) AS place
RETURN others[place].id AS user_id, 100.0 / (100 + place) AS score
ORDER BY place
LIMIT $limit
