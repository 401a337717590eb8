"""Awards and the gate before them, the approval that a location needs, live placements and what they cost whom."""
