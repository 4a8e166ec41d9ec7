// name: first_movers
// summary: People whose choices in a category their followers make after them.
// access: read
// param category_id: STRING, id of a Category
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// param days: FLOAT, 0.01 to 3650, within so many days, default 30.0
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column adoptions: INTEGER, pairs of a follower and a product, most first
// column followers: INTEGER, distinct, who did so
// column products: INTEGER, distinct
// used by: analysts, influence
// cost: all actions in one category
MATCH (:Category {id: $category_id})<-[:SUBCATEGORY_OF*0..9]-(:Category)<-[:IN_CATEGORY]-(product:Product)
WITH DISTINCT product
CALL (product) {
  MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(person:User)
  WHERE type(r) IN $actions AND coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0 ELSE 5 END) >= $min_stars
    AND (r.value IS NULL OR NOT EXISTS { (person)-[newer:RATED|REVIEWED]->(product)
      WHERE type(newer) = type(r) AND [coalesce(newer.at, -1), newer.event_id] > [coalesce(r.at, -1), r.event_id] })
  WITH person, min(coalesce(r.at, r.first_at)) AS acted_at
  WHERE acted_at IS NOT NULL
  WITH collect({person: person, acted_at: acted_at}) AS choices
  UNWIND choices AS one
  UNWIND choices AS other
  WITH one, other
  WHERE other.acted_at > one.acted_at AND other.acted_at <= one.acted_at + $days * 86400000
  WITH one.person AS leader, other.person AS follower
  WHERE EXISTS { (follower)-[:FOLLOWS]->(leader) }
  RETURN leader, follower
}
RETURN leader.id AS user_id, count(*) AS adoptions, count(DISTINCT follower) AS followers,
       count(DISTINCT product) AS products
ORDER BY adoptions DESC, user_id
LIMIT $limit
