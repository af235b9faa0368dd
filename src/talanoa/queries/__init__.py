"""The query service: from a member's question to a Consolidated Reply.

A query is a conversation with a purpose: its responses are posts, its stages and clocks stand here.
"""
