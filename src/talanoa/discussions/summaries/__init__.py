"""Summaries of the phases of a discussion, and of the whole: drafted, edited, issued, asked about."""
