// name: erase_relationships
// summary: Removes some of what hangs on a node.
// access: write
// param row: INTEGER, of the node
// param most: INTEGER, relationships to remove at once
// column removed: INTEGER, how many there were to remove
// used by: graph.store.neo4j.tables
// cost: the relationships that are removed
MATCH (n:`{label}` {row: $row})-[r]-()
WITH DISTINCT r
LIMIT $most
DELETE r
RETURN count(*) AS removed
