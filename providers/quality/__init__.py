"""The quality score of a registration, 0 to 100, by the policy in force, with every part shown. Unknown is unknown."""
