// name: adopt_rows
// summary: What a mapping matches in a graph that is adopted, and says of it.
// access: read
// used by: graph.load.adopt; what stands between the brackets is written anew by graph.load.patterns
MATCH <pattern>
WHERE <condition>
RETURN <columns>
