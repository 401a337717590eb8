"""The funding panel: referrals, shares by payer to the penny, decisions, signatures, and the authority that an award
must cite.
"""
