"""How charts are drawn; nothing outside of this folder imports what draws."""
