"""What the shape of the graph says of its people: authority and communities. Over snapshots, never over a store."""
