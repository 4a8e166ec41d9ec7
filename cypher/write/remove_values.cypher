// name: remove_values
// summary: Removes a property from some nodes.
// access: write
// param ids: LIST<STRING>, external ids
// column removed: INTEGER, from how many
// used by: graph.store.neo4j.columns
UNWIND $ids AS id
MATCH (n:`{label}` {id: id})
REMOVE n.`{property}`
RETURN count(*) AS removed
