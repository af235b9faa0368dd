"""What past queries mean, kept for comparing; derived, and made anew where it is missing."""
