"""Pages of the room `queries`."""
