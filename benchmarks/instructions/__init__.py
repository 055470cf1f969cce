"""Instruction counts: see count.py."""
