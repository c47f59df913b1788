"""The remote side: a supervisor without torch, and the compute process that it starts.

Every handshake gets a fresh compute process, because a restart is a replicate: memory layout,
thread placement and the state of the allocator are drawn anew, on both sides alike.
"""
