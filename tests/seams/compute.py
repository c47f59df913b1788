"""A compute process with the parts of the tests."""

from bench.worker.compute import Parts, main
from tests.seams.parts import open_halves_codec, open_means_engine

if __name__ == "__main__":
    main(Parts(open_engine=open_means_engine, open_codec=open_halves_codec))
