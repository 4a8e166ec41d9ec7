"""Writing while serving: one process owns the data folder, and everybody else hands over to it."""
