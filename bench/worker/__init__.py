"""The remote side: a supervisor without torch, and the compute process that it starts.

Each handshake starts a fresh compute process, because a restart is a replicate: memory layout,
thread placement and the state of the allocator are new on both sides.
"""
