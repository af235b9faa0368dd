"""The phases of a consultation, each with its rule and its clock."""
