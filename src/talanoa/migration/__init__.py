"""Moving in and out: what was said elsewhere comes in, and everything goes out again.

An *archive* is what was brought in at once: files and folders of mail, in one of many formats. Each message that is
read becomes an *entry*, and is stored, a duplicate, or set aside with its reason. What came in is hidden until a
person releases it.
"""
