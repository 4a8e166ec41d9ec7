// name: reach_in_category
// summary: How many people a user reaches at one, two and three hops of followers, and how many of them are active in a category.
// access: read
// param user_id: STRING, id of a User
// param category_id: STRING, id of a Category
// param actions: LIST<STRING>, relationship types that count, default ["BOUGHT", "LIKED", "RATED"]
// param min_stars: FLOAT, 1 to 5, of ratings of one product by one person, and of reviews, only the newest counts, and with fewer stars it does not, default 4.0
// column hops: INTEGER, 1 to 3
// column people: INTEGER, first reached at that distance
// column active: INTEGER, of those, who did something in the category
// used by: analysts, influence
// cost: breadth first over followers, and the people of one category
MATCH (me:User {id: $user_id}), (category:Category {id: $category_id})
CALL (me, category) {
  MATCH path = (me)<-[:FOLLOWS*1..3]-(person:User)
  WHERE person <> me
  RETURN person, min(length(path)) AS hops, 0 AS is_active
  UNION ALL
  MATCH (category)<-[:SUBCATEGORY_OF*0..9]-(:Category)<-[:IN_CATEGORY]-(product:Product)
  MATCH (product)<-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]-(person:User)
  WHERE type(r) IN $actions
  WITH product, person, type(r) AS action,
       max([coalesce(r.at, -1), coalesce(r.event_id, ''), coalesce(r.value, CASE type(r) WHEN 'REVIEWED' THEN 0.0 ELSE 5.0 END)]) AS newest
  WHERE newest[2] >= $min_stars
  RETURN DISTINCT person, null AS hops, 1 AS is_active
}
WITH person, min(hops) AS hops, max(is_active) AS is_active
WHERE hops IS NOT NULL
RETURN hops, count(*) AS people, sum(is_active) AS active
ORDER BY hops
