"""Names that the standard library makes known: constants, and settings that its `set_...` functions change.

A program may declare the same names again: they stand in a scope around that of the proof.
"""

from zisk_py.field.goldilocks import GENERATOR, TWO_ADICITY, P, root_of_unity

MODE_DEFAULT, MODE_ONE_INSTANCE = 0, 1
SURNAME_DEFAULT, SURNAME_ISOLATED, SURNAME_DYNAMIC = 0, 1, 2
BUS_DEFAULT, BUS_SUM, BUS_PROD = 0, 1, 2
U8_OPID, U16_OPID = 100, 101
MAX_RANGE = (P - 1) // 2  # values of a range: then it and what lies outside can be told apart in the field
COSET = pow(GENERATOR, 2**TWO_ADICITY, P)  # its powers lie in different cosets of every subgroup of order 2^n

PIOP_NAMES = ("Default", "Permutation", "Lookup", "Range Check", "Connection", "Direct")
PIOP_SURNAMES = ("Default", "Isolated", "Dynamic")

_EXPONENTS = (*range(1, 25), 31, 32, 63, 64)

CONSTANTS: dict[str, int | list[int]] = {
    "STD_MODE_DEFAULT": MODE_DEFAULT,
    "STD_MODE_ONE_INSTANCE": MODE_ONE_INSTANCE,
    **{f"PIOP_NAME_{name.upper().replace(' ', '_')}": code for code, name in enumerate(PIOP_NAMES)},
    **{f"PIOP_SURNAME_{name.upper()}": code for code, name in enumerate(PIOP_SURNAMES)},
    "PIOP_BUS_DEFAULT": BUS_DEFAULT,
    "PIOP_BUS_SUM": BUS_SUM,
    "PIOP_BUS_PROD": BUS_PROD,
    "FIELD_GOLDILOCKS": 0,
    "ACTIVE_FIELD": 0,
    "GEN": [root_of_unity(order) for order in range(TWO_ADICITY + 1)],
    "k_coset": COSET,
    "ONE_HALF": (P + 1) // 2,  # of the field; 1/2 of ints is 0
    "MAX_RANGE_LEN": MAX_RANGE,
    "U8AIR_OPID": U8_OPID,
    "U16AIR_OPID": U16_OPID,
    "DEFAULT_CONNECTION_N": 0,
    **{f"P2_{n}": 2**n for n in _EXPONENTS},
    **{f"MASK_{n}": 2**n - 1 for n in _EXPONENTS},
}

# Their values before the program sets them.
SETTINGS: dict[str, int] = {
    "STD_MODE": MODE_DEFAULT,
    "PIOP_BUS_TYPE": BUS_DEFAULT,
    "PERMUTATION_BUS_TYPE": BUS_DEFAULT,
    "MAX_CONSTRAINT_DEGREE": 3,
    "ARRAY_SIZE": 750,
    "MAX_U8_BITS": 8,
    "MAX_U16_BITS": 16,
    "MAX_SPECIFIED_BITS": -1,  # as many as the largest range has
    "U8_TABLE_VIRTUAL": 0,
    "U16_TABLE_VIRTUAL": 0,
    "SPECIFIED_TABLE_VIRTUAL": 0,
    "MAX_VIRTUAL_BITS": 0,  # as many as cost least
    "NUM_VIRTUAL_TABLES": 1,
    # Of the columns that PIL2's sums and products are made of; the prover makes these by itself.
    "SUM_EXPRESSIONS_IM_NON_REDUCED": 0,
    "SUM_AIRVALS_IM_NON_REDUCED": 0,
    "SUM_AIRVALS_IM_REDUCE_FACTOR": 1,
    "PROD_EXPRESSIONS_IM_NON_REDUCED": 0,
    "GKR_SUM_BUS": 0,
    # What PIL2 prints; here it stands in reports.
    "PRINT_OPID_DIAGRAM": 0,
    "PRINT_RANGE_STATS": 0,
    "DEBUG_MODE_PRINT": 0,
}
