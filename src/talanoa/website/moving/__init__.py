"""Pages of the room `moving`."""
