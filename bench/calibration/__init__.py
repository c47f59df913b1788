"""The whole tool put to the proof: in virtual time, and with real sockets and processes.

This room replaces clock, transport and engine; the rooms that measure do not depend on it.
"""
