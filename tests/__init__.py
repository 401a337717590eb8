"""The tests: `unit` reach no database, `integration` run on both, `journeys` go through HTTP or a browser."""
