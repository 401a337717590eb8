"""What the what-if pages of the hub and of a borough share: the weights read from the address, the comparison in words,
figures and drawings, and the same as a file. The pages only read, and their addresses can be passed on.
"""
