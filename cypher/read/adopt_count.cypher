// name: adopt_count
// summary: How often a mapping's pattern is matched in a graph that is adopted.
// access: read
// column matches: INTEGER, how often
// used by: graph.load.adopt; what stands between the brackets is written anew by graph.load.patterns
MATCH <pattern>
WHERE <condition>
RETURN count(*) AS matches
