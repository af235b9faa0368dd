"""Pages of Consolidated Replies: where they are made, and where they are read."""
