"""What is drawn with seaborn, imported as where scipy is missing.

scipy serves seaborn for densities and dendrograms only, and a page has neither; but importing
``scipy.stats`` takes as long as importing all the rest, and the first picture waits for it.
"""

import sys

# None makes the import of a module fail, and seaborn does without these.
_UNNEEDED = {"scipy.cluster", "scipy.stats"} - sys.modules.keys()
sys.modules.update(dict.fromkeys(_UNNEEDED))  # type: ignore[arg-type]
try:
    from seaborn import barplot, lineplot
finally:
    for _name in _UNNEEDED:
        del sys.modules[_name]

__all__ = ["barplot", "lineplot"]
