// name: popular_in_community
// summary: Products that members of the user's communities did something with; members of large communities say less.
// access: read
// param user_id: STRING, id of a User
// param actions: MAP<FLOAT>, weight of each relationship type that counts, default {"BOUGHT": 3.0, "LIKED": 1.0, "RATED": 2.0}
// param min_stars: FLOAT, 0 to 5, ratings and reviews with fewer stars do not count (0: reviews without stars count too), default 4.0
// param now: TIME, the present, default newest
// param half_life_days: FLOAT, 0.01 to 36500, after which an action is worth half, default 180.0
// param communities: INTEGER, 1 to 100, most recently joined communities that count, default 5
// param members: INTEGER, 1 to 10000, newest members of each, default 100
// param fan_out: INTEGER, 1 to 1000, newest actions of each member, default 10
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column product_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.popular.PopularInCommunity
// used by: analysts; the oracle of the source named above
// cost: the members of a few communities, bounded
MATCH (me:User {id: $user_id})-[m:MEMBER_OF]->(community:Community)
WITH me, community ORDER BY coalesce(m.last_at / 60000, 0) DESC, community.row LIMIT $communities
CALL (community) {
  MATCH (community)<-[m:MEMBER_OF]-(member:User)
  RETURN member ORDER BY coalesce(m.last_at / 60000, 0) DESC, member.row LIMIT $members
}
WITH me, member, sum(COUNT { (community)<-[:MEMBER_OF]-(:User) } ^ -0.5) AS share
WHERE member <> me AND member.deleted IS NULL AND coalesce(member.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(member) } AND NOT EXISTS { (member)-[:BLOCKED]->(me) }
WITH me, member, share ORDER BY share DESC, member.row LIMIT $communities * $members
CALL (member) {
  MATCH (member)-[r:VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product:Product)
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
WITH me, product, sum(share * strength) AS score
WHERE product.deleted IS NULL AND coalesce(product.available, 'true') CONTAINS 'true'
  AND NOT EXISTS { (me)-[:LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED]->(product) }
RETURN product.id AS product_id, score
ORDER BY score DESC, product.row
LIMIT $limit
