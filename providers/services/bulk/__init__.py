"""Many services at once: a company's profiles, needs and prices as a spreadsheet that goes out, is changed and comes
back.

Nothing of a file is believed before a person has read what it would change; then all of it is done or none. The rules
are those of the pages: a sheet is another way to fill the same forms in.
"""
