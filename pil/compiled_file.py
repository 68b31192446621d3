"""The result of a compilation as canonical JSON, for the cache: all of it but the airs before lowering."""

import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

from zisk_py.pil.compiled import AuthoredAir, Compiled, Computed, Cost, Multiplicity, Place, Recipe
from zisk_py.pil.errors import Code, Diagnostic, Frame
from zisk_py.pil.span import SourceFile, Span
from zisk_py.pil.system import NodeKind
from zisk_py.pil.system_file import from_json, to_json


def to_text(compiled: Compiled) -> str:
    """The canonical text; `from_text` reads it back."""
    files: dict[SourceFile, int] = {}
    fields: dict[str, Any] = {
        "system": to_json(compiled.system),
        "airs": [_air_fields(air) for air in compiled.airs],
        "buses": sorted(compiled.buses.items()),
        "totals": sorted(compiled.totals.items()),
        "warnings": [_diagnostic_fields(found, files) for found in compiled.warnings],
        "unprovable": [_diagnostic_fields(found, files) for found in compiled.unprovable],
        "places": [_place_fields(place.span, place.frame, files) for place in compiled.places.values()],
        "reads": [[str(path), digest and digest.hex()] for path, digest in compiled.reads.items()],
    }
    fields["files"] = [[file.name, file.text, file.folder and str(file.folder)] for file in files]
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Compiled:
    """Read what `to_text` wrote. Raises ValueError for anything else."""
    try:
        fields = json.loads(text)
        files = [SourceFile(name, text, folder and Path(folder)) for name, text, folder in fields["files"]]
        places = [Place(*_place(place, files)) for place in fields["places"]]
        return Compiled(
            from_json(fields["system"]),
            tuple(_air(air) for air in fields["airs"]),
            dict(fields["buses"]),
            {public: tuple((air, value) for air, value in parts) for public, parts in fields["totals"]},
            tuple(_diagnostic(found, files) for found in fields["warnings"]),
            tuple(_diagnostic(found, files) for found in fields["unprovable"]),
            places={place.span.source(): place for place in places},
            reads={Path(path): digest and bytes.fromhex(digest) for path, digest in fields["reads"]},
        )
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no compiled file: {error!r}") from error


# ---- airs


def _air_fields(air: AuthoredAir) -> dict[str, Any]:
    recipes = [
        [column, "computed", recipe.node]
        if isinstance(recipe, Computed)
        else [column, "multiplicity", recipe.interaction]
        for column, recipe in air.recipes.items()
    ]
    cost = air.cost
    return {
        "airgroup": air.airgroup,
        "template": air.template,
        "marks": [[int(kind), name] for kind, name in air.marks.items()],
        "is_library": air.is_library,
        "given": air.given,
        "nodes": [list(map(int, node)) for node in air.nodes],
        "recipes": recipes,
        "values": list(air.values.items()),
        "stage2": list(air.stage2.items()),
        "written": air.written,
        "moved": air.moved,
        "sent": air.sent,
        "cost": [list(cost.columns.items()), list(cost.constraints.items()), *astuple(cost)[2:]],
    }


def _air(fields: dict[str, Any]) -> AuthoredAir:
    kinds: dict[str, type[Recipe]] = {"computed": Computed, "multiplicity": Multiplicity}
    recipes: dict[int, Recipe] = {column: kinds[kind](number) for column, kind, number in fields["recipes"]}
    columns, constraints, interactions, offsets, added, stage2 = fields["cost"]
    return AuthoredAir(
        fields["airgroup"],
        fields["template"],
        {NodeKind(kind): name for kind, name in fields["marks"]},
        fields["is_library"],
        fields["given"],
        tuple((kind, left, right) for kind, left, right in fields["nodes"]),
        recipes,
        dict(fields["values"]),
        dict(fields["stage2"]),
        fields["written"],
        tuple(fields["moved"]),
        tuple(fields["sent"]),
        Cost(dict(columns), dict(constraints), interactions, tuple(offsets), added, stage2),
    )


# ---- places: files are numbered


def _span_fields(span: Span, files: dict[SourceFile, int]) -> list[int]:
    return [files.setdefault(span.file, len(files)), span.start, span.end]


def _place_fields(span: Span, frame: Frame | None, files: dict[SourceFile, int]) -> list[Any]:
    frames = [[step.text, _span_fields(step.span, files)] for step in frame or ()]
    return [_span_fields(span, files), frames]


def _diagnostic_fields(found: Diagnostic, files: dict[SourceFile, int]) -> list[Any]:
    return [found.code, found.message, *_place_fields(found.span, found.frame, files), found.suggestion]


def _span(fields: list[int], files: list[SourceFile]) -> Span:
    number, start, end = fields
    return Span(files[number], start, end)


def _place(fields: list[Any], files: list[SourceFile]) -> tuple[Span, Frame | None]:
    span, frames = fields
    frame: Frame | None = None
    for text, where in reversed(frames):
        frame = Frame(text, _span(where, files), frame)
    return _span(span, files), frame


def _diagnostic(fields: list[Any], files: list[SourceFile]) -> Diagnostic:
    code, message, span, frames, suggestion = fields
    return Diagnostic(Code(code), message, *_place([span, frames], files), suggestion)
