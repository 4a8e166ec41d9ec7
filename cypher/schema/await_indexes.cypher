// name: await_indexes
// summary: Waits until every index holds what was there before it.
// access: read
// param seconds: INTEGER, longest wait
// used by: graph.store.neo4j.schema
// cost: as long as the indexes take to fill
CALL db.awaitIndexes($seconds)
