"""How requests of several boroughs that compete for the same places could share them: a proposal to brokers, never an
award. Nothing here holds a place, tells a provider or decides.
"""
