"""A measuring child with the parts of the tests."""

from bench.measure.child import main
from bench.measure.session import Parts
from tests.seams.parts import CountingLink, open_halves_codec, open_means_engine

if __name__ == "__main__":
    main(Parts(open_engine=open_means_engine, open_codec=open_halves_codec, open_link=CountingLink))
