// name: friends_communities
// summary: Communities that people whom the user follows are members of; a friend who is in many says less of each.
// access: read
// param user_id: STRING, id of a User
// param people: INTEGER, 1 to 10000, most recently followed people that are asked, default 200
// param fan_out: INTEGER, 1 to 10000, newest memberships of each, default 50
// param limit: INTEGER, 1 to 1000, most candidates, default 300
// column community_id: STRING
// column score: FLOAT, best first
// same as: recommend.sources.communities.FriendsCommunities
// used by: analysts; the oracle of the source named above
// cost: two hops from one user, bounded by people times fan_out
MATCH (me:User {id: $user_id})-[f:FOLLOWS]->(friend:User)
WHERE friend.deleted IS NULL AND coalesce(friend.visibility, 'public') <> 'private'
  AND NOT EXISTS { (me)-[:BLOCKED|MUTED]->(friend) } AND NOT EXISTS { (friend)-[:BLOCKED]->(me) }
WITH me, friend ORDER BY coalesce(f.last_at / 60000, 0) DESC, friend.row LIMIT $people
CALL (friend) {
  MATCH (friend)-[m:MEMBER_OF]->(community:Community)
  RETURN community ORDER BY coalesce(m.last_at / 60000, 0) DESC, community.row LIMIT $fan_out
}
WITH me, community, sum(COUNT { (friend)-[:MEMBER_OF]->(:Community) } ^ -0.5) AS score
WHERE community.deleted IS NULL AND NOT EXISTS { (me)-[:MEMBER_OF]->(community) }
RETURN community.id AS community_id, score
ORDER BY score DESC, community.row
LIMIT $limit
