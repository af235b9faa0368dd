"""A community to try Talanoa with: invented people, and a post office that can be read in the browser."""
