"""What a placement like this one is expected to cost: the tariff fitted from placements on record, the benchmark that a
request freezes, and the price above which an offer is asked to explain itself.

The fitting reads placements and stands in `app/placements`; here is what is kept and read.
"""
