"""Members of the purchasing system: the market they join, the register that regulates them, their passport, quality
and services.
"""
