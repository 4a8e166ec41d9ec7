// name: reciprocity
// summary: How many of those whom a user follows follow back.
// access: read
// param user_id: STRING, id of a User
// column followers: INTEGER
// column following: INTEGER
// column mutual: INTEGER, follow each other
// column reciprocity: FLOAT, mutual over following, 0 who follows nobody
// used by: analysts, influence
// cost: the follows of one user
MATCH (me:User {id: $user_id})
WITH COUNT { (me)<-[:FOLLOWS]-() } AS followers, COUNT { (me)-[:FOLLOWS]->() } AS following,
     COUNT { (me)-[:FOLLOWS]->(other:User) WHERE EXISTS { (other)-[:FOLLOWS]->(me) } } AS mutual
RETURN followers, following, mutual,
       CASE following WHEN 0 THEN 0.0 ELSE toFloat(mutual) / following END AS reciprocity
