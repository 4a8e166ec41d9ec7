"""The graph for other programs' libraries."""
