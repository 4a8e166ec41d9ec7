// name: count_relationships
// summary: How many relationships of one type begin at nodes of one label.
// access: read
// column relationships: INTEGER, their number
// used by: graph.store.neo4j.reading
// cost: nothing, the server keeps the number
MATCH (:`{source}`)-[r:`{type}`]->()
RETURN count(r) AS relationships
