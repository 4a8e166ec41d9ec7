// name: suspicious_followers
// summary: A user's followers with signs of not being people: silent, unfollowed, following many, or come all at once.
// access: read
// param user_id: STRING, id of a User
// param burst: INTEGER, 2 to 10000, so many followers within one hour of the clock are a burst, default 20
// param many: INTEGER, 2 to 1000000, who follows more than so many follows many, default 500
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column signs: LIST<STRING>, what is odd
// column score: INTEGER, how many signs, most first
// used by: analysts, influence
// cost: the followers of one user
MATCH (:User {id: $user_id})<-[r:FOLLOWS]-(follower:User)
WITH follower, r.since / 3600000 AS hour
WITH hour, collect(follower) AS together
WITH CASE WHEN hour IS NULL THEN 0 ELSE size(together) END AS company, together
UNWIND together AS follower
WITH follower, [sign IN [
  CASE WHEN NOT EXISTS { (follower)-[:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product) } THEN 'did nothing' END,
  CASE WHEN NOT EXISTS { (follower)<-[:FOLLOWS]-() } THEN 'nobody follows them' END,
  CASE WHEN COUNT { (follower)-[:FOLLOWS]->() } > $many THEN 'follows many' END,
  CASE WHEN company >= $burst THEN 'came with many at once' END
] WHERE sign IS NOT NULL] AS signs
WHERE size(signs) > 0
RETURN follower.id AS user_id, signs, size(signs) AS score
ORDER BY score DESC, user_id
LIMIT $limit
