"""The stages of the commands: they call other packages, compute nothing and print nothing."""
