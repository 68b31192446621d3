"""How many columns of stage 2 the messages of an air take: as `zisk_py.stark.logup` groups them."""

from collections.abc import Sequence
from itertools import count

from zisk_py.pil.passes.degrees import MAX_DEGREE


def num_groups(messages: Sequence[tuple[int, int]]) -> int:
    """The number of groups, for the degrees (of the multiplicity, of the widest value) of each message.

    A message goes into the first group whose constraint, a column times all fingerprints equals the sum of
    each multiplicity times the fingerprints of the others, stays within the degree.
    """
    groups: list[tuple[int, int]] = []  # degrees of the product of fingerprints, of the sum of multiplicities
    for multiplicity, value in messages:
        for number in count():
            product, total = groups[number] if number < len(groups) else (0, 0)
            grown = (product + value, max(total + value, multiplicity + product))
            if number == len(groups):
                groups.append(grown)
            elif max(1 + grown[0], grown[1]) <= MAX_DEGREE:
                groups[number] = grown
            else:
                continue
            break
    return len(groups)
