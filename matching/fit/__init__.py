"""What a placement of a kind should cost, from placements on record.

    from matching.fit.price import Comparable, fit, read_tariff

    tariff = fit(rows)                                       # seconds for a thousand rows; no clock, no chance
    tariff.price("residential", 14, needs, date(2026, 4, 1)) # Price(expected, p80, p90, comparables), pence a week
    read_tariff(tariff.to_dict()) == tariff                  # plain JSON values in between

Nothing is imported here: scipy takes a second to load and only a fit needs it. `matching/fit/README.md` describes the
model and every field of a TARIFF.
"""
