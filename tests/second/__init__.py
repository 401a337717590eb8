"""The matcher a second time: slow, plain and exact, written from the page about market files alone.

The hand that wrote it had not read `matching/`.
Nothing here is imported by the product, and only `first.py` knows how to ask the product's own matcher.
"""
