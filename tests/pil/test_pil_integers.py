"""Integers at compile time. The marked values were observed on the reference compiler of PIL2."""

import pytest

from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError

OBSERVED = {
    "2**3**2": 512,
    "-2**2": -4,
    "-7/2": -3,
    "-7%3": -1,
    "0||7": 1,
    "0/2": 0,
}
RULES = {
    "7 / -2": -3,
    "7 % -3": 1,
    "10 - 3 - 2": 5,
    "2 + 3 * 4": 14,
    "(2 + 3) * 4": 20,
    "1 << 2 + 1": 8,
    "1 << 2 < 5": 1,
    "6 & 3 == 3": 0,  # 6 & (3 == 3)
    "1 | 2 ^ 3 & 2": 1,  # 1 | (2 ^ (3 & 2))
    "1 || 0 && 0": 1,
    "0 ? 1 : 0 ? 2 : 3": 3,
    "!0 + !5": 1,
    "-3 + +4": 1,
    "0xA000_0000": 0xA0000000,
    "1_000": 1000,
    "2**100 - 1": 2**100 - 1,
    "3 in [1, 2, 3]": 1,
    "4 in [1, 2, 3]": 0,
    "5 >= 5": 1,
    "5 != 5": 0,
    "2**65 >> 60": 32,
    '"a" == "a"': 1,
    '"a" != "b"': 1,
    "log2(255)": 7,
    "log2(0)": 0,
    'length("abc")': 3,
    "5 is int": 1,
    '"x" is string': 1,
    "5 is expr": 0,
    "int(7)": 7,
    "defined(nothing)": 0,
    "defined(PRIME)": 1,
    "PRIME": 2**64 - 2**32 + 1,
    "0 && 1 / 0": 0,
    "1 || 1 / 0": 1,
    "1 ? 2 : 1 / 0": 2,
}


@pytest.mark.parametrize(("text", "value"), [*OBSERVED.items(), *RULES.items()], ids=[*OBSERVED, *RULES])
def test_an_integer_expression_has_its_value(text: str, value: int) -> None:
    source = f"const int found = {text}; assert_eq(found, {value});"

    assert compile_pil(source).airs == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("1 << -1", "must be from 0 to 65536"),
        ('"a" * 2', "strings have no operator `*`"),
        ("missing", "`missing` is not declared"),
        ("PRIMES", "`PRIMES` is not declared"),
        ("log2(-1)", "log2 of -1"),
        ("$0", "there is no argument `$0` here"),
    ],
)
def test_an_expression_without_a_value_says_why(text: str, message: str) -> None:
    with pytest.raises(PilError) as caught:
        compile_pil(f"int x = {text};")

    assert message in caught.value.message


def test_long_chains_do_not_recurse() -> None:
    terms = 20_000
    source = f"const int x = {' + '.join(['1'] * terms)}; assert_eq(x, {terms});"

    assert compile_pil(source).airs == ()
