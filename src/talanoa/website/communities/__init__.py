"""Pages of the room `communities`."""
