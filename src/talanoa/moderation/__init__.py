"""Whether a mail is circulated: the policy as one table of rules, held mail, and what was decided."""
