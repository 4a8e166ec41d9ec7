// name: community_bridges
// summary: People whose follows join their community with most others.
// access: read
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column community: INTEGER, their own
// column others: INTEGER, communities that they follow into, most first
// column follows: INTEGER, into them
// used by: analysts, communities
// cost: all follows
MATCH (person:User)-[:FOLLOWS]->(other:User)
WHERE person.community <> other.community
RETURN person.id AS user_id, person.community AS community, count(DISTINCT other.community) AS others, count(*) AS follows
ORDER BY others DESC, follows DESC, user_id
LIMIT $limit
