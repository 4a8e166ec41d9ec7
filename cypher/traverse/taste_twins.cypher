// name: taste_twins
// summary: People who did something with the same products as the user, much-wanted products counting less.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param anchors: INTEGER, 1 to 256, newest products of the user's that are compared, default 50
// param people: INTEGER, 1 to 10000, newest people of each, default 200
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column user_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.collaborative.TasteTwins
// used by: analysts; the oracle of the source named above
// cost: two hops from one user, bounded at each
MATCH (me:User {id: $user_id})
CALL (me) {
  MATCH (me)-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(anchor:Product)
  WHERE $actions[type(r)] > 0
  WITH anchor, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH anchor, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH anchor, r, coalesce(r.at, r.last_at) / 60000 AS minute
  WHERE NOT type(r) IN ['RATED', 'REVIEWED'] OR coalesce(r.value, 0.0) >= $min_stars
  WITH anchor, max(coalesce(minute, 0)) AS newest, max($actions[type(r)] * CASE WHEN minute IS NULL THEN 0.0625
    WHEN minute >= $now / 60000 THEN 1.0
    ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS worth
  RETURN anchor, worth ORDER BY newest DESC, anchor.row LIMIT $anchors
}
WITH me, anchor, worth * (COUNT { (anchor)<-[:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED]-() }
       + COUNT { MATCH (anchor)<-[:RATED]-(other) RETURN DISTINCT other }
       + COUNT { MATCH (anchor)<-[:REVIEWED]-(other) RETURN DISTINCT other }) ^ -0.5 AS share
CALL (anchor) {
  MATCH (anchor)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(other:User)
  WHERE $actions[type(r)] > 0
  WITH other, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH other, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH other, r, coalesce(r.at, r.last_at) / 60000 AS minute
  WHERE NOT type(r) IN ['RATED', 'REVIEWED'] OR coalesce(r.value, 0.0) >= $min_stars
  ORDER BY coalesce(minute, 0) DESC, other.row LIMIT $people
  RETURN other, max($actions[type(r)] * CASE WHEN minute IS NULL THEN 0.0625
    WHEN minute >= $now / 60000 THEN 1.0
    ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS strength
}
WITH me, other, sum(share * strength) AS score
WHERE other <> me AND other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:FOLLOWS]->(other) } AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(other) } AND NOT EXISTS { (other)-[:BLOCKED]->(me) }
RETURN other.id AS user_id, score
ORDER BY score DESC, other.row
LIMIT $limit
