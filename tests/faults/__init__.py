"""What goes wrong with servers, on real ones: each fault one clear error, in bounded time."""
