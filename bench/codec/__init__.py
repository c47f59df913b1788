"""Codecs: how a batch becomes the bytes of a request's tensor, and a batch again."""
