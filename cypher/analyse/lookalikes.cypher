// name: lookalikes
// summary: People whose embedding is nearest to a user's, by the vector index.
// access: read
// param user_id: STRING, id of a User
// param model: STRING, name of the model whose embedding was written back, default "spectral"
// param fetched: INTEGER, 1 to 5000, neighbours asked of the index; more than wanted, as it is approximate, default 100
// param limit: INTEGER, 1 to 500, most rows, default 20
// column user_id: STRING
// column name: STRING, where there is one
// column score: FLOAT, similarity from 0 to 1, most first
// used by: analysts, customers
// cost: one search of the vector index
MATCH (me:User {id: $user_id})
WHERE me['embedding_' + $model] IS NOT NULL
CALL db.index.vector.queryNodes('user_embedding_' + $model, $fetched, me['embedding_' + $model]) YIELD node, score
WITH me, node, score
WHERE node <> me
RETURN node.id AS user_id, node.display_name AS name, score
ORDER BY score DESC, user_id
LIMIT $limit
