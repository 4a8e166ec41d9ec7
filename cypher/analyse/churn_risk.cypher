// name: churn_risk
// summary: People who have been silent for long, measured by their own rhythm.
// access: read
// param now: TIME, the present, default newest
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param least: INTEGER, 3 to 1000, people active on fewer days are left out, default 4
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column active_days: INTEGER
// column mean_gap_days: FLOAT, between days of action
// column silent_days: FLOAT, since the last one
// column ratio: FLOAT, silence over the mean gap, most first
// used by: analysts, customers
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
UNWIND CASE WHEN r.at IS NULL THEN [r.first_at, r.last_at] ELSE [r.at] END AS at
WITH person, at WHERE at <= $now
WITH person, count(DISTINCT at / 86400000) AS active_days, min(at) AS first_at, max(at) AS last_at
WHERE active_days >= $least
WITH person, active_days, (last_at - first_at) / 86400000.0 / (active_days - 1) AS mean_gap_days,
     ($now - last_at) / 86400000.0 AS silent_days
RETURN person.id AS user_id, active_days, mean_gap_days, silent_days, silent_days / mean_gap_days AS ratio
ORDER BY ratio DESC, user_id
LIMIT $limit
