"""Bytes in, bytes out: received mail, what it says, the outbox and its delivery.

Received   a mail as it came, byte for byte, and its fate
Letter     what is understood of a mail (`parsing`)
Outgoing   one rendering of one letter, shared by everybody who gets it in that form
Delivery   one Outgoing to one address
This room knows no persons and no communities: a `member` here is a number that rooms above understand.
"""
