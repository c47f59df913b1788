"""``python -m bench`` is the console script ``scalebench``."""

from bench.cli import main

if __name__ == "__main__":
    main()
