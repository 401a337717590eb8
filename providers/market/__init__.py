"""Purchasing systems, their procurement modes, their lots, and which borough takes part in which lot from when."""
