"""Attacks on a running worker: one file each, whose function ``attack`` runs in its own process."""
