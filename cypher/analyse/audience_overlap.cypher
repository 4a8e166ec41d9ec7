// name: audience_overlap
// summary: How much of two people's audiences is the same: followers of both over followers of either.
// access: read
// param user_id: STRING, id of a User
// param other_id: STRING, id of another User
// column followers: INTEGER, of the first
// column other_followers: INTEGER, of the second
// column shared: INTEGER, who follow both
// column overlap: FLOAT, shared over all, 0 where nobody follows either
// used by: analysts, influence
// cost: the followers of two users
MATCH (one:User {id: $user_id}), (other:User {id: $other_id})
WITH COUNT { (one)<-[:FOLLOWS]-() } AS followers, COUNT { (other)<-[:FOLLOWS]-() } AS other_followers,
     COUNT { (one)<-[:FOLLOWS]-(:User)-[:FOLLOWS]->(other) } AS shared
RETURN followers, other_followers, shared,
       CASE followers + other_followers WHEN 0 THEN 0.0 ELSE toFloat(shared) / (followers + other_followers - shared) END
         AS overlap
