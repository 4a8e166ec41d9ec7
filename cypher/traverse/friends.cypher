// name: friends
// summary: Products that people whom the user follows did something with, each counting by their strongest action, faded by its age.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param people: INTEGER, 1 to 10000, most recently followed people that are asked, default 100
// param fan_out: INTEGER, 1 to 1000, newest actions of each that count, default 20
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.social.Friends
// used by: analysts; the oracle of the source named above
// cost: two hops from one user, bounded by people times fan_out
MATCH (me:User {id: $user_id})-[f:FOLLOWS]->(friend:User)
WHERE friend.deleted IS NULL AND coalesce(friend.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(friend) } AND NOT EXISTS { (friend)-[:BLOCKED]->(me) }
WITH me, friend ORDER BY coalesce(f.last_at / 60000, 0) DESC, friend.row LIMIT $people
CALL (friend) {
  MATCH (friend)-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product:Product)
  WITH product, type(r) AS action, r ORDER BY coalesce(r.at, r.last_at, -1) DESC, r.event_id DESC
  WITH product, action, collect(r) AS told
  UNWIND CASE WHEN action IN ['RATED', 'REVIEWED'] THEN told[..1] ELSE told END AS r
  WITH product, action, coalesce(r.at, r.last_at, 0) / 60000 AS minute,
       CASE WHEN action IN ['RATED', 'REVIEWED'] THEN round(r.value * 2, 0, 'HALF_EVEN') / 2 END AS stars
  WITH product, action, minute, stars, CASE WHEN stars IS NULL
         THEN {VIEWED: 0, LIKED: 1, DISLIKED: 2, CARTED: 3, SHARED: 4, BOUGHT: 5, RETURNED: 6, REVIEWED: 7}[action]
         ELSE {RATED: 6, REVIEWED: 15}[action] + 2 * stars END AS code
    ORDER BY minute DESC, code DESC, product.row LIMIT 4 * $fan_out
    WHERE $actions[action] > 0 AND (NOT action IN ['RATED', 'REVIEWED'] OR coalesce(stars, 0.0) >= $min_stars)
  WITH product, action, minute ORDER BY minute DESC, code DESC, product.row LIMIT $fan_out
  RETURN product, max($actions[action] * CASE WHEN $now < 60000 OR minute >= $now / 60000 THEN 1.0
    WHEN minute <= 0 THEN 0.0625
    ELSE 0.5 ^ (($now / 60000 - minute) / ($half_life_days * 1440.0)) END) AS strength
}
WITH me, product, sum(strength) AS score
WHERE product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
  AND NOT EXISTS { (me)-[:LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product) }
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
