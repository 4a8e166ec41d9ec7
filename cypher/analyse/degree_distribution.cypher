// name: degree_distribution
// summary: How many people and products have how many follows, followers and actions, by powers of two.
// access: read
// column measure: STRING, follows, followers, actions of people, or actions on products
// column at_least: INTEGER, 0, 1, 2, 4, 8 …
// column nodes: INTEGER
// used by: analysts, health of the graph
// cost: the degree of every person and product
CALL () {
  MATCH (person:User) RETURN 'follows' AS measure, COUNT { (person)-[:FOLLOWS]->() } AS degree
  UNION ALL
  MATCH (person:User) RETURN 'followers' AS measure, COUNT { (person)<-[:FOLLOWS]-() } AS degree
  UNION ALL
  MATCH (person:User) RETURN 'actions of people' AS measure, COUNT { (person)-[:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product) } AS degree
  UNION ALL
  MATCH (product:Product) RETURN 'actions on products' AS measure, COUNT { (product)<-[:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-() } AS degree
}
WITH measure, CASE degree WHEN 0 THEN 0 ELSE toInteger(2 ^ floor(log10(degree) / log10(2) + 1e-9)) END AS at_least
RETURN measure, at_least, count(*) AS nodes
ORDER BY measure, at_least
