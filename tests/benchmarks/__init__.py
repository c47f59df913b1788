"""Speed, printed as ratios against a reference that was measured in the same run."""
