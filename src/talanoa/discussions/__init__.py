"""E-discussions: an issue, discussed for a time, in phases with a theme and guiding questions, led by a guest moderator.

A discussion is a conversation with a purpose: its contributions are posts; phases, summaries and clocks stand here.
"""
