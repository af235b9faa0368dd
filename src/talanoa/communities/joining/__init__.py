"""Coming in, and what else is asked for by mail: what proves nothing is confirmed with a ticket first (A1, A2)."""
