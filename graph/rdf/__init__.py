"""The graph as RDF: written, read, asked in SPARQL, reasoned over.

The one package that knows rdflib and Oxigraph.
"""
