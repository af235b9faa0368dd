"""The `talanoa` command: a door for administrators and scripts."""
