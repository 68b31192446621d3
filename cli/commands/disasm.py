"""`zisk-py disasm`: guest assembly with the ROM rows of each instruction."""

import json
from dataclasses import asdict

import click

from zisk_py.cli.listing import list_rom
from zisk_py.cli.options import ProgramSource, output_options, program_options
from zisk_py.cli.output import Output


@click.command("disasm")
@program_options
@output_options()
def command(output: Output, source: ProgramSource) -> None:
    """Print guest assembly with the ROM rows under each instruction."""
    program = source.load()
    listing = list_rom(program.rom)
    if output.form == "json":
        output.line(json.dumps({"program": program.name, "instructions": [asdict(item) for item in listing]}))
        return
    for item in listing:
        if item.label:
            output.line(f"{item.label}:")
        if item.text:
            output.line(item.text)
        for pc, text in item.rows.items():
            output.line(f"        {pc:#10x}  {text}")
