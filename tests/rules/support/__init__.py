"""A small back office to prove the rules on: a system, its adapter, and a deployment around them."""
