// name: starred_edges_of_pairs
// summary: All ratings or reviews of some pairs, with their event ids.
// access: read
// param sources: LIST<INTEGER>, source rows
// param targets: LIST<INTEGER>, target rows, one a source row
// column source: INTEGER, source row
// column target: INTEGER, target row
// column at: INTEGER, milliseconds since 1970; -1 where unknown
// column event_id: STRING, which event it was
// column stars: FLOAT, 1 to 5; -1 where there are none
// used by: graph.store.neo4j.edges
// cost: the edges of the pairs
UNWIND range(0, size($sources) - 1) AS place
MATCH (source:`{source}` {row: $sources[place]})-[r:`{type}`]->(target:`{target}` {row: $targets[place]})
RETURN source.row AS source, target.row AS target, coalesce(r.at, -1) AS at, r.event_id AS event_id,
       coalesce(r.value, -1.0) AS stars
