// name: count_direct_ties
// summary: Of a range of people, how many others they wrote to or shared something with.
// access: read
// param first: INTEGER, the first row
// param end: INTEGER, the row after the last
// column pairs: INTEGER, their number
// used by: graph.store.neo4j.reading
// cost: the INTERACTED relationships of the range
MATCH (person:User)
USING INDEX person:User(row)
WHERE $first <= person.row < $end
WITH person ORDER BY person.row  // keeps the plan from beginning at the others
MATCH (person)-[tie:INTERACTED]->()
WHERE tie.direct_count > 0
RETURN count(tie) AS pairs
