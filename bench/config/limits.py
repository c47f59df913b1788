"""Defaults of the flags, and what they may be."""

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
MAX_BATCH_SIZE = 64
THREAD_LADDER = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64)
IMAGE_SIZE = 224
SMOKE_IMAGE_SIZE = 64
IMAGE_SIZES = range(32, 513)
IN_FLIGHT = 2
TIMEOUT_S = 20
TIMEOUTS = range(1, 3601)
SEED = 1
MAX_MINUTES = 7 * 24 * 60
ALLOCATORS = ("tuned", "system")
CODEC = "float32"
