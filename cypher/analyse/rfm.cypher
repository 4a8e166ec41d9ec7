// name: rfm
// summary: People by recency, frequency and money, each with a score from 1 to 5 by fifths of all people.
// access: read
// param now: TIME, the present, default newest
// param currency: STRING, ISO 4217 code; other money is left out, default "EUR"
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column recency_days: FLOAT, since the last one
// column frequency: INTEGER
// column monetary_minor: INTEGER, in the smallest unit
// column r: INTEGER, 5 is newest
// column f: INTEGER, 5 is most often
// column m: INTEGER, 5 is most money
// used by: analysts, customers
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars AND coalesce(r.at, r.last_at) <= $now
WITH person, max(coalesce(r.at, r.last_at)) AS last_at, count(r) AS frequency,
     sum(CASE WHEN r.currency = $currency THEN r.price_minor * coalesce(r.quantity, 1) ELSE 0 END) AS monetary
WITH collect({id: person.id, last_at: last_at, frequency: frequency, monetary: monetary}) AS people
CALL (people) {
  UNWIND people AS each
  UNWIND [0.2, 0.4, 0.6, 0.8] AS part
  WITH part, percentileDisc(each.last_at, part) AS last_at, percentileDisc(each.frequency, part) AS frequency,
       percentileDisc(each.monetary, part) AS monetary
  RETURN collect({last_at: last_at, frequency: frequency, monetary: monetary}) AS fifths
}
UNWIND people AS each
RETURN each.id AS user_id, ($now - each.last_at) / 86400000.0 AS recency_days, each.frequency AS frequency,
       each.monetary AS monetary_minor, 1 + size([fifth IN fifths WHERE each.last_at > fifth.last_at]) AS r,
       1 + size([fifth IN fifths WHERE each.frequency > fifth.frequency]) AS f,
       1 + size([fifth IN fifths WHERE each.monetary > fifth.monetary]) AS m
ORDER BY r + f + m DESC, monetary_minor DESC, user_id
LIMIT $limit
