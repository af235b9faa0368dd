"""Documents that people send, read as blocks of text; pure.

Block     a heading, a paragraph, an item of a list or a row of a table (`blocks`)
Remark    a comment that somebody tied to a place in a block
Refusal   why a file was not read, in a sentence (`refusals`)
Nothing of a document is run, and nothing that it names is fetched. What strangers sent is read in a child with limits (`reading`).
"""
