"""Finding again, on the pages."""
