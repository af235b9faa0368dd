"""Pages of the room `moderation`."""
