"""Timed runs of the parts, with their bounds; ``python -m benchmarks`` runs them and records what they found."""
