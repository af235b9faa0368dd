"""First drafts from what people wrote, by algorithms that invent nothing; pure.

A *contribution* is a message with its author; a *draft* is sentences of the
contributions, chosen, grouped and each with its source (`drafts.draft`).
"""
