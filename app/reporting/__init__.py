"""Reads everything and writes only its own rollups: spend, commitment and savings, each percentage with its denominator
named.
"""
