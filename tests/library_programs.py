"""Programs that use the standard library, expanded: what airs and messages they leave."""

from collections.abc import Iterable

from zisk_py.pil.expander import Expander, expand
from zisk_py.pil.expander.air import AirBuilder, Message
from zisk_py.pil.expander.graph import text
from zisk_py.pil.loader import Loader


def expanded(source: str, **constants: int) -> Expander:
    """What is left of a program; its errors are none."""
    loader = Loader(())
    expander = expand(loader.main(source), constants, loader)
    assert not expander.errors
    return expander


def body(statements: str, *, before: str = "", **constants: int) -> Expander:
    """An air A of 64 rows with columns a, b, s, an air value v and these statements."""
    return expanded(
        f"public x; {before} airtemplate A(const int N = 64) "
        f"{{ col witness a, b, s; airval v; {statements} }} airgroup G {{ A(); }}",
        **constants,
    )


def shown(message: Message) -> tuple[str, int, str, tuple[str, ...], set[str]]:
    """Bus, sign, multiplicity, values and flags of a message."""
    bus = str(message.bus) if isinstance(message.bus, int) else text(message.bus)
    if message.opids:
        bus = f"{bus} of {', '.join(map(str, message.opids))}"
    flags = {flag for flag in ("direct", "dynamic", "product", "isolated") if getattr(message, f"is_{flag}")}
    return bus, message.sign, text(message.multiplicity), tuple(map(text, message.values)), flags


def all_shown(messages: Iterable[Message]) -> list[tuple[str, int, str, tuple[str, ...], set[str]]]:
    """All of them as `shown` has them."""
    return [shown(message) for message in messages]


def air(expander: Expander, name: str) -> AirBuilder:
    """The air of that name."""
    (found,) = (one for one in expander.airs if one.name == name)
    return found


def values(builder: AirBuilder, name: str) -> list[int]:
    """The values of a fixed column, one per row."""
    (found,) = (table for table in builder.fixed if table.name == name)
    assert found.values is not None
    return list(found.values)
