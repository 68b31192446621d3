"""Where a constraint or a message is written, with the lines of its file if they are still known."""

import re

from zisk_py.pil.authoring.report_model import Excerpt, ExcerptLine
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.span import Span
from zisk_py.pil.system import Air, Globals, Source, System

# The call of a message whose first argument is a name.
_OPID = re.compile(r"(?:lookup|permutation|direct)\w*\(\s*(?:opid\s*:\s*)?([A-Za-z_][\w.]*)\s*,")


class Excerpts:
    """Finds the text of what was compiled."""

    def __init__(self, compiled: Compiled) -> None:
        self._places = compiled.places

    def find(self, source: Source) -> Excerpt:
        """The excerpt of what stands at a place."""
        if source not in self._places:
            line = ExcerptLine(source.line, source.text, 0, len(source.text))
            return Excerpt(place_of(source), (line,))
        place = self._places[source]
        expansions = tuple(f"{step.text} at {step.span.location}" for step in place.frame or ())
        return Excerpt(place_of(source), _lines(place.span), expansions)


def bus_words(system: System) -> dict[int, str]:
    """What the author calls a bus, where all messages say the same word and say it of no other bus."""
    words: dict[int, set[str]] = {}
    buses: dict[str, set[int]] = {}
    senders: list[Air | Globals] = [*system.airs, system.globals]
    for sender in senders:
        for interaction in sender.interactions:
            found = _OPID.match(interaction.source.text)
            word = found[1] if found else ""
            words.setdefault(interaction.bus, set()).add(word)
            buses.setdefault(word, set()).add(interaction.bus)
    return {
        bus: word
        for bus, said in words.items()
        for word in said
        if word and len(said) == 1 and buses[word] == {bus}
    }


def place_of(source: Source) -> str:
    """`file:line:column`."""
    return f"{source.file}:{source.line}:{source.column}"


def _lines(span: Span) -> tuple[ExcerptLine, ...]:
    """All lines that the span covers, with the covered part of each."""
    first, column = span.file.position(span.start)
    last, end = span.file.position(max(span.start, span.end - 1))
    found = []
    for number in range(first, last + 1):
        text = span.file.line(number)
        start = column - 1 if number == first else len(text) - len(text.lstrip())
        stop = min(end, len(text)) if number == last else len(text.rstrip())
        found.append(ExcerptLine(number, text, start, max(stop - start, 1)))
    return tuple(found)
