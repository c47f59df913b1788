"""The words of verdicts on a loss and on an overhead."""

NOT_MEASURED = "not measured"
IMPORTED = "imported"
EXPLORATORY = "exploratory"
UNDECIDED = "undecided"
EQUIVALENT = "equivalent"
SMALL = "small"
SLOWER = "slower"
FASTER = "faster"
NEGLIGIBLE = "negligible"
COSTS = "costs"
ABOUT = "about 2 %"
OVERHEAD_VERDICTS = (COSTS, ABOUT, NEGLIGIBLE, UNDECIDED, EXPLORATORY, NOT_MEASURED)
VERDICTS = (
    SLOWER,
    FASTER,
    EQUIVALENT,
    SMALL,
    UNDECIDED,
    EXPLORATORY,
    IMPORTED,
    NOT_MEASURED,
)
