"""Readers of foreign input, given damaged input: each answers, or raises the one error that it promises.

A few seconds of it run with the other tests; ``make fuzz HOURS=8`` runs it for long, each round with another seed.
"""
