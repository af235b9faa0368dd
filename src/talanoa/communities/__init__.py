"""Communities, who belongs to them in which role, and how each member wants the mail.

A subgroup is a community with a parent; its members are members of the parent.
"""
