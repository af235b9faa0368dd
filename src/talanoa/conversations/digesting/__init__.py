"""What is sent together."""
