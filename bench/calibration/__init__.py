"""The whole tool put to the proof: in virtual time, and with real sockets and processes.

Clock, transport and engine are replaced from here; the rooms that measure know nothing of it.
"""
