"""How fast Homeward is, measured and printed as JSON lines: `make bench`, or `python -m tests.bench`."""
