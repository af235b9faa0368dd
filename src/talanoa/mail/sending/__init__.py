"""A letter becomes bytes and leaves: rendered once, spliced for each recipient, noted before and after."""
