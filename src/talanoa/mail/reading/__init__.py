"""Bytes become a `Letter`: what was written, by whom, with what; total over any input, in linear time."""
