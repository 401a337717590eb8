"""Invitations, sealed offers, the frozen evaluation, the decision with its reason, and the places that a preferred
offer holds.
"""
