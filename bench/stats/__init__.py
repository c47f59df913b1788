"""Samples become estimates: numpy, scipy and pandas only; nothing is printed, drawn or stored."""
