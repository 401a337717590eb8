"""The child: identity encrypted under a key of its own and found by a blind index, needs measured over time, every
view logged.
"""
