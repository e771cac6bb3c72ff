"""Tests of photogender.people."""
