"""Sizes in bytes on the command line: 4G, 512M, or plain bytes."""

import re

import click

UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def size_argument(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """The bytes that a text means; K, M, G, T are powers of 1024. A usage error for no size."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,15})([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    size = int(match[1]) << UNITS[match[2].upper()] if match else 0
    if not size:
        raise click.BadParameter(f"{text!r} is no size; give bytes, or a number with K, M, G or T.")
    return size
