"""An engine, a codec and a link of the tests' own, and the child programs that use them."""
