"""Numbered changes of the database: one head, expand before contract, named constraints, both engines."""
