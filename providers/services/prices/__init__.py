"""What a service charges: its price list on each lot and band from day to day, and the discounts that its company
gives.

A price list is its company's secret: no other company reads it, boroughs read one price of it where an offer was made
with it and opened, and the hub reads all.
"""
