// name: taste_twins
// summary: People who did something with the same products as the user, much-wanted products counting less.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
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
  WITH anchor, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH anchor, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH anchor, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
       CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
  WITH anchor, action, minute, stars, CASE WHEN stars IS NULL
         THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
         ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
    WHERE $actions[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
  WITH anchor, max([minute, code]) AS newest, max($actions[action] * CASE WHEN $now < 60000 OR minute >= $now / 60000 THEN 1.0
    WHEN minute <= 0 THEN 0.0625
    ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS worth
  RETURN anchor, worth ORDER BY newest DESC, anchor.row LIMIT $anchors
}
WITH me, anchor, worth * (COUNT { (anchor)<-[:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED]-() }
       + COUNT { MATCH (anchor)<-[:RATED]-(other) RETURN DISTINCT other }
       + COUNT { MATCH (anchor)<-[:REVIEWED]-(other) RETURN DISTINCT other }) ^ -0.5 AS share
CALL (anchor) {
  MATCH (anchor)<-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]-(other:User)
  WITH other, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH other, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH other, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
       CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
  WITH other, action, minute, stars, CASE WHEN stars IS NULL
         THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
         ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
    ORDER BY minute DESC, code DESC, other.row LIMIT 4 * $people
    WHERE $actions[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
  WITH other, action, minute ORDER BY minute DESC, code DESC, other.row LIMIT $people
  RETURN other, max($actions[action] * CASE WHEN $now < 60000 OR minute >= $now / 60000 THEN 1.0
    WHEN minute <= 0 THEN 0.0625
    ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS strength
}
WITH me, other, sum(share * strength) AS score
WHERE other <> me AND other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:FOLLOWS]->(other) } AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(other) } AND NOT EXISTS { (other)-[:BLOCKED]->(me) }
RETURN other.id AS user_id, score
ORDER BY score DESC, other.row
LIMIT $limit
