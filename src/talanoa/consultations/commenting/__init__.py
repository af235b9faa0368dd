"""What is said of a draft, and what is answered."""
