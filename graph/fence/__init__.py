"""The fence for own Cypher: the parser's gate and the gate of the server's plan, independent of one another."""
