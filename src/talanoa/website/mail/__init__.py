"""Pages of the room `mail`."""
