// name: freshness
// summary: For each kind of action: how many, the oldest, the newest, and how many in the last days.
// access: read
// param now: TIME, the present, default newest
// param days: FLOAT, 0.01 to 3650, the last so many days, default 7.0
// column action: STRING, relationship type
// column edges: INTEGER, most first
// column oldest_at: INTEGER, ms since 1970
// column newest_at: INTEGER, ms since 1970
// column recent: INTEGER, in the last days
// column without_time: INTEGER
// used by: analysts, health of the graph
// cost: all relationships that have a time
MATCH (:User)-[r:FOLLOWS|BLOCKED|MUTED|VIEWED|LIKED|DISLIKED|CARTED|SHARED|BOUGHT|RETURNED|RATED|REVIEWED|POSTED|COMMENTED|MEMBER_OF]->()
WITH type(r) AS action, coalesce(r.at, r.first_at) AS first_at, coalesce(r.at, r.last_at) AS at
RETURN action, count(*) AS edges, min(first_at) AS oldest_at, max(at) AS newest_at,
       sum(CASE WHEN at > $now - $days * 86400000 AND at <= $now THEN 1 ELSE 0 END) AS recent,
       sum(CASE WHEN at IS NULL THEN 1 ELSE 0 END) AS without_time
ORDER BY edges DESC, action
