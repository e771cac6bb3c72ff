"""Keeping a catalog whole: one scan at a time, checks, copies, and what can be saved of a damaged one."""
