"""Base58, the text form of keys in Solana: big-endian digits, and one "1" for each leading zero byte."""

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """The text of some bytes."""
    value, digits = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        digits = ALPHABET[digit] + digits
    return ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + digits


def decode(text: str) -> bytes:
    """The bytes of a text. Raises ValueError where a character is no digit."""
    value = 0
    for character in text:
        if character not in _VALUES:
            raise ValueError(f"{character!r} is no digit of base58")
        value = 58 * value + _VALUES[character]
    zeros = len(text) - len(text.lstrip(ALPHABET[0]))
    return bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8, "big")
