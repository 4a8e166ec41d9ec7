// name: finish_lists
// summary: Give the nodes of an imported database the empty lists that files for the offline import cannot hold.
// access: write
// param first: INTEGER, the first row
// param end: INTEGER, the row after the last
// param name: STRING, the property, once more as a value
// used by: graph.store.neo4j.finishing
// cost: the nodes of the range
MATCH (node:`{label}`)
WHERE $first <= node.row < $end AND $name IN node._empty
SET node.`{property}` = [],
    node._empty = CASE size(node._empty) WHEN 1 THEN null ELSE [each IN node._empty WHERE each <> $name] END
