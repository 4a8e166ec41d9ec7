"""Everything that speaks to Neo4j; no other package imports its driver. The Cypher stands in the package `cypher`."""
