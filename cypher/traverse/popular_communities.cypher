// name: popular_communities
// summary: Communities with the most members.
// access: read
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column community_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.communities.PopularCommunities
// used by: analysts; the oracle of the source named above
// cost: the degree of every community
MATCH (community:Community)
WHERE community.deleted IS NULL
WITH community, toFloat(COUNT { (community)<-[:MEMBER_OF]-() }) AS score
WHERE score > 0
RETURN community.id AS community_id, score
ORDER BY score DESC, community.row
LIMIT $limit
