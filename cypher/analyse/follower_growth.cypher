// name: follower_growth
// summary: How many followers a user won in each stretch of time, of those who still follow.
// access: read
// param user_id: STRING, id of a User
// param days: FLOAT, 0.01 to 3650, length of a stretch, default 7.0
// column from_at: INTEGER, ms since 1970 where the stretch begins; null for follows without a time
// column gained: INTEGER
// column total: INTEGER, followers at its end
// used by: analysts, influence
// cost: the followers of one user
MATCH (:User {id: $user_id})<-[r:FOLLOWS]-(:User)
WITH toInteger(floor(r.since / ($days * 86400000)) * $days * 86400000) AS from_at, count(*) AS gained
ORDER BY coalesce(from_at, -1)
WITH collect({from_at: from_at, gained: gained}) AS stretches
UNWIND range(0, size(stretches) - 1) AS place
UNWIND stretches[..place + 1] AS each
RETURN stretches[place].from_at AS from_at, stretches[place].gained AS gained, sum(each.gained) AS total
ORDER BY coalesce(from_at, -1)
