"""The demonstration market: made-up firms, children and placements, loaded through the use cases under a moved
clock.
"""
