// name: community_sizes
// summary: Communities found in the graph: size, and how much of their follows stay inside.
// access: read
// param limit: INTEGER, 1 to 500, most rows, default 20
// column community: INTEGER, as written back to User.community
// column people: INTEGER, most first
// column inside: INTEGER, follows within
// column outside: INTEGER, follows to others
// column cohesion: FLOAT, inside over all, 0 without follows
// used by: analysts, communities
// cost: all follows
MATCH (person:User)
WHERE person.community IS NOT NULL
OPTIONAL MATCH (person)-[:FOLLOWS]->(other:User)
WITH person.community AS community, person, sum(CASE WHEN other.community = person.community THEN 1 ELSE 0 END) AS inside,
     count(other) AS follows
WITH community, count(person) AS people, sum(inside) AS inside, sum(follows) AS follows
RETURN community, people, inside, follows - inside AS outside,
       CASE follows WHEN 0 THEN 0.0 ELSE toFloat(inside) / follows END AS cohesion
ORDER BY people DESC, community
LIMIT $limit
