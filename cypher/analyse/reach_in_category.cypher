// name: reach_in_category
// summary: How many people a user reaches at one, two and three hops of followers, and how many of them are active in a category.
// access: read
// param user_id: STRING, id of a User
// param category_id: STRING, id of a Category
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, ratings and reviews with fewer stars do not count, default 4.0
// column hops: INTEGER, 1 to 3
// column people: INTEGER, first reached at that distance
// column active: INTEGER, of those, who did something in the category
// used by: analysts, influence
// cost: breadth first over followers, and the people of one category
MATCH (me:User {id: $user_id}), (category:Category {id: $category_id})
CALL (category) {
  MATCH (category)<-[:IN_CATEGORY]-(:Product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(person:User)
  WHERE type(r) IN $actions AND coalesce(r.value, 5) >= $min_stars
  RETURN collect(DISTINCT person.row) AS active_rows
}
CALL (me) {
  MATCH path = (me)<-[:FOLLOWS*1..3]-(person:User)
  WHERE person <> me
  RETURN person.row AS person_row, min(length(path)) AS hops
}
RETURN hops, count(*) AS people, sum(CASE WHEN person_row IN active_rows THEN 1 ELSE 0 END) AS active
ORDER BY hops
