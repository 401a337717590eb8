"""Facts about a child's needs and about services in; a ranked and explained list out. It knows no database, no page
and no clock.
"""
