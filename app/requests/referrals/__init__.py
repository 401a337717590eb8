"""A referral out of another system: read from a file or from the API, told every fault of, and kept as a draft."""
