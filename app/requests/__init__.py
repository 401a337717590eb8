"""The placement request: the standard form, who may see which of its fields, approval, and publication to a lot."""
