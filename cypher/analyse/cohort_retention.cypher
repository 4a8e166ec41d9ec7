// name: cohort_retention
// summary: Of the people who began in one stretch of time, how many were active in each later one.
// access: read
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param days: FLOAT, 0.01 to 3650, length of a stretch, default 30.0
// column cohort_at: INTEGER, ms since 1970 where the stretch begins in which they began
// column stretch: INTEGER, 0 is the first
// column people: INTEGER, in the cohort
// column active: INTEGER
// column share: FLOAT, active over people
// used by: analysts, customers
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
UNWIND CASE WHEN r.at IS NULL THEN [r.first_at, r.last_at] ELSE [r.at] END AS at
WITH person, at WHERE at IS NOT NULL
WITH DISTINCT person, toInteger(floor(at / ($days * 86400000))) AS stretch
WITH person, min(stretch) AS began, collect(stretch) AS stretches
WITH began, collect(stretches) AS all, count(*) AS people
UNWIND all AS stretches
UNWIND stretches AS stretch
WITH began, people, stretch - began AS later, count(*) AS active
RETURN toInteger(began * $days * 86400000) AS cohort_at, later AS stretch, people, active,
       toFloat(active) / people AS share
ORDER BY cohort_at, stretch
