"""Stages made of rooms; no arithmetic, and nothing is printed here."""
