"""Conversations, their posts and attachments, and the copies that members get."""
