"""What people do at the moment, and how the service does."""
