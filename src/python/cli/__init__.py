"""``ibid``: the command line of operators and scripts."""
