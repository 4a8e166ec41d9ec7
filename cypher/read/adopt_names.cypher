// name: adopt_names
// summary: Every label, relationship type and property name that a graph has seen.
// access: read
// column labels: LIST OF STRING, labels
// column types: LIST OF STRING, relationship types
// column properties: LIST OF STRING, names of properties
// used by: graph.load.adopt, to tell a misspelt name from one that matches nothing
CALL db.labels() YIELD label
WITH collect(label) AS labels
CALL db.relationshipTypes() YIELD relationshipType
WITH labels, collect(relationshipType) AS types
CALL db.propertyKeys() YIELD propertyKey
RETURN labels, types, collect(propertyKey) AS properties
