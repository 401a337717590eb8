"""What pages share that explain a score: the officer's shortlist, the panel's papers and a company's own result say the
same arithmetic in the same words, each of no more than its reader may know.
"""
