"""What the uplift pages of the three audiences share: the figures of each lot, what was said, and the forms."""
