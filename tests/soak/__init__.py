"""Requests for an hour: memory, descriptors and threads stay, and the overhead does not drift."""
