"""Types of `tuple_table.pyx`."""

import numpy as np
from numpy.typing import NDArray

_U64 = NDArray[np.uint64]

class TupleTable:
    def __init__(self, table: _U64) -> None: ...
    def count(self, queries: _U64, weights: _U64, counts: _U64) -> int: ...
    def find(self, queries: _U64) -> NDArray[np.int64]: ...
