"""How numbers, intervals, names and tables read, everywhere the same."""
