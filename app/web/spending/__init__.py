"""What the spend pages of the hub and of a borough share: one report over a scope and a financial year, its tables in
the order that the address asks for, its charts with their findings, and each table as a file.
"""
