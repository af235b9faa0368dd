"""A text that several people make: kept as they type, merged by block, with every version.

The tables are those of the rooms whose texts they are; what a text is, and how it is kept, stands here.
"""
