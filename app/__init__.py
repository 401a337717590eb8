"""Homeward: where English councils find, choose, fund and follow homes and school places for children."""
