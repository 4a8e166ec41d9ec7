// name: kept_edges
// summary: Standing edges of a range of rows with everything that is kept of them, as columns of equal length.
// access: read
// param first: INTEGER, the first source row
// param end: INTEGER, the source row after the last
// param target_first: INTEGER, the first target row
// param target_end: INTEGER, the target row after the last
// param limit: INTEGER, most edges; an answer of that length may lack some
// column sources: LIST<INTEGER>, source rows, in no particular order
// column targets: LIST<INTEGER>, target rows
// column kept: LIST<MAP>, all properties of the relationships
// used by: graph.store.neo4j.edges
// cost: the edges of the range
MATCH (source:`{source}`)
USING INDEX source:`{source}`(row)
WHERE $first <= source.row < $end
WITH source ORDER BY source.row  // like CASE below, keeps the plan from looking for targets first
MATCH (source)-[r:`{type}`]->(target)
WHERE $target_first <= CASE WHEN target:`{target}` THEN target.row END < $target_end
WITH source, r, target
LIMIT $limit
RETURN collect(source.row) AS sources, collect(target.row) AS targets, collect(properties(r)) AS kept
