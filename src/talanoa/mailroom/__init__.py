"""The mail door: LMTP, addresses, sorting, and the worker that walks each mail along its path."""
