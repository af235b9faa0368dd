"""What past queries and answered questions mean, kept for comparing; derived, and made anew where it is missing."""
