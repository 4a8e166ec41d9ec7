// name: first_steps
// summary: What new people do first, and how long until they do something again.
// access: read
// param now: TIME, the present, default newest
// param days: FLOAT, 0.01 to 3650, new is who began within so many days, default 90.0
// column action: STRING, relationship type of the first action
// column people: INTEGER, most first
// column came_back: INTEGER, who did something on a later day
// column median_hours: FLOAT, from the first to the next action; null where nobody came back
// used by: analysts, customers
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product)
UNWIND CASE WHEN r.at IS NULL THEN [r.first_at, r.last_at] ELSE [r.at] END AS at
WITH person, type(r) AS action, at WHERE at <= $now
WITH person, min([at, action]) AS first, collect(at) AS times
WITH first[0] AS began, first[1] AS action, times
WHERE began > $now - $days * 86400000
WITH began, action, [at IN times WHERE at / 86400000 > began / 86400000] AS later
CALL (later) {
  UNWIND later AS at
  RETURN min(at) AS next
}
RETURN action, count(*) AS people, count(next) AS came_back,
       percentileCont((next - began) / 3600000.0, 0.5) AS median_hours
ORDER BY people DESC, action
