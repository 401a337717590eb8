"""How often placements like one lasted: fitted from placements on record by a worker, kept in versions, and shown to
those who decide. Nothing of it is computed or shown while the policy is off, and no score or gate knows of it.
"""
