"""Everything that turns another study's files into a run, and sums that run up."""
