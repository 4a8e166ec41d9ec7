// name: segment_profile
// summary: What lifts a segment's people above everybody: their categories with share and lift.
// access: read
// param segment_id: STRING, id of a Segment
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column category_id: STRING
// column name: STRING, where there is one
// column people: INTEGER, of the segment, active in it
// column share: FLOAT, of the segment
// column lift: FLOAT, share over that of everybody who did anything, most first
// used by: analysts, customers
// cost: all actions
MATCH (person:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(product:Product)-[:IN_CATEGORY]->(category:Category)
WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
  AND (r.value IS NULL OR NOT EXISTS { (person)-[newer:RATED|REVIEWED]->(product)
    WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
WITH DISTINCT person, category
WITH person, collect(category) AS categories, EXISTS { (person)-[:IN_SEGMENT]->(:Segment {id: $segment_id}) } AS inside
WITH collect({categories: categories, inside: inside}) AS people
WITH people, size(people) AS everybody, size([each IN people WHERE each.inside]) AS members
UNWIND people AS each
UNWIND each.categories AS category
WITH category, everybody, members, count(*) AS of_all, sum(CASE WHEN each.inside THEN 1 ELSE 0 END) AS of_members
WHERE of_members > 0
RETURN category.id AS category_id, category.name AS name, of_members AS people, toFloat(of_members) / members AS share,
       (toFloat(of_members) / members) / (toFloat(of_all) / everybody) AS lift
ORDER BY lift DESC, people DESC, category_id
LIMIT $limit
