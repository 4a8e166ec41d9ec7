// name: popular_people
// summary: People whom most follow.
// access: read
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column user_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.popular.PopularPeople
// used by: analysts; the oracle of the source named above
// cost: the degree of every person
MATCH (other:User)
WHERE other.deleted IS NULL AND coalesce(other.visibility, 'public') <> 'private'
WITH other, toFloat(COUNT { (other)<-[:FOLLOWS]-() }) AS score
WHERE score > 0
RETURN other.id AS user_id, score
ORDER BY score DESC, other.row
LIMIT $limit
