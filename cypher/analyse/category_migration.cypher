// name: category_migration
// summary: From which categories people moved to which, between the last days and as many before.
// access: read
// param now: TIME, the present, default newest
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param days: FLOAT, 0.01 to 3650, length of both windows, default 30.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column from_id: STRING, category of the earlier days that the person left
// column to_id: STRING, category of the last days that is new to the person
// column people: INTEGER, most first
// used by: analysts, products
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product)-[:IN_CATEGORY]->(category:Category)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars AND coalesce(r.at, r.last_at) <= $now AND coalesce(r.at, r.last_at) > $now - 2 * $days * 86400000
WITH person, category.id AS category_id, max(coalesce(r.at, r.last_at)) > $now - $days * 86400000 AS now_there,
     min(coalesce(r.at, r.last_at)) <= $now - $days * 86400000 AS was_there
WITH person, collect(CASE WHEN was_there AND NOT now_there THEN category_id END) AS left,
     collect(CASE WHEN now_there AND NOT was_there THEN category_id END) AS entered
UNWIND left AS from_id
UNWIND entered AS to_id
RETURN from_id, to_id, count(*) AS people
ORDER BY people DESC, from_id, to_id
LIMIT $limit
