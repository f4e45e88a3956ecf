"""One module a step, named v<revision>_<what it does>."""
