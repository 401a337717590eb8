"""How a provider joins: claims to registrations, applications to lots, decisions with reasons, enrolment and
suspension.
"""
