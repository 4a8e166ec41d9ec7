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
WHERE coalesce(r.at, r.last_at) <= $now
WITH person, r ORDER BY coalesce(r.at, r.last_at), type(r)
WITH person, collect({action: type(r), at: coalesce(r.at, r.last_at)}) AS steps
WHERE steps[0].at > $now - $days * 86400000
WITH steps[0].action AS action, head([step IN steps WHERE step.at / 86400000 > steps[0].at / 86400000]) AS next,
     steps[0].at AS began
RETURN action, count(*) AS people, count(next) AS came_back,
       percentileCont((next.at - began) / 3600000.0, 0.5) AS median_hours
ORDER BY people DESC, action
