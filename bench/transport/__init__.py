"""Sockets: opened in one place, with bounds; a client and a server that move messages."""
