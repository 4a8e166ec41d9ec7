"""The live graph: a snapshot, and over it everything that happened since."""
