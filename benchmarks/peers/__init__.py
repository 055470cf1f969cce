"""Routers and bandits of others, from PyPI, in the same replay: with their defaults, and tuned."""
