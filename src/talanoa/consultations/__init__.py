"""E-consultations: a draft, or questions, put before the community for comments, each of which gets an answer.

Passage    a heading, paragraph, item or row of the draft, with a number that it keeps through all versions (`passages`)
Comment    what somebody says to passages or to the whole: words, a proposed wording, a rationale, a source
Matrix     all comments in the order of the passages, with state, owner and answer
A consultation is a conversation with a purpose: its announcements and the comments by mail are posts.
"""
