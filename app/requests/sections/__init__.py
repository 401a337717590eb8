"""What stands in the sections of a request: the answers, and what people wrote, read and decided about them."""
