// name: social_proof
// summary: How many people whom the user follows did what with a product, and who.
// access: read
// param user_id: STRING, id of a User
// param product_id: STRING, id of a Product
// param named: INTEGER, 0 to 100, most people named, default 5
// column action: STRING, relationship type
// column people: INTEGER, distinct, most first
// column user_ids: LIST<STRING>, some of them by id
// used by: analysts, feed and social
// cost: one hop from one user, one from one product
MATCH (me:User {id: $user_id})-[:FOLLOWS]->(friend:User)-[r:BOUGHT|LIKED|RATED|REVIEWED|CARTED|SHARED|VIEWED]->(:Product {id: $product_id})
WITH DISTINCT type(r) AS action, friend.id AS friend_id
ORDER BY action, friend_id
WITH action, collect(friend_id) AS friend_ids
RETURN action, size(friend_ids) AS people, friend_ids[..$named] AS user_ids
ORDER BY people DESC, action
