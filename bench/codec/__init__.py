"""Codecs: they encode a batch as the bytes of a request's tensor, and decode these."""
