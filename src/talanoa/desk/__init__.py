"""The facilitator's desk: what wants attention today, from every room, in the order of its clocks."""
