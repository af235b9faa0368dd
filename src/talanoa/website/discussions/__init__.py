"""Pages of the room `discussions`."""
