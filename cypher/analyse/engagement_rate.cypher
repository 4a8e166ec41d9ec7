// name: engagement_rate
// summary: What came of a user's posts: likes, comments and shares, for each follower.
// access: read
// param user_id: STRING, id of a User
// param now: TIME, the present, default newest
// param days: FLOAT, 0.01 to 3650, actions of the last so many days, default 90.0
// column followers: INTEGER
// column posts: INTEGER, all that the user published
// column engagements: INTEGER, likes, comments and shares of others in that time
// column people: INTEGER, who did so
// column rate: FLOAT, engagements for each follower, 0 without followers
// used by: analysts, influence
// cost: one user's posts
MATCH (me:User {id: $user_id})
WITH me, COUNT { (me)<-[:FOLLOWS]-() } AS followers, COUNT { (me)-[:POSTED]->(:Post) } AS posts
OPTIONAL MATCH (me)-[:POSTED]->(:Post)<-[r:LIKED|COMMENTED|SHARED]-(person:User)
WHERE person <> me AND coalesce(r.at, r.last_at) > $now - $days * 86400000 AND coalesce(r.at, r.last_at) <= $now
WITH followers, posts, count(r) AS engagements, count(DISTINCT person) AS people
RETURN followers, posts, engagements, people,
       CASE followers WHEN 0 THEN 0.0 ELSE toFloat(engagements) / followers END AS rate
