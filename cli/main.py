"""The group of commands, and what each ending of a command means: message and exit code."""

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TextIO

import click

from zisk_py import __version__
from zisk_py.cli.commands import COMMANDS
from zisk_py.cli.endings import BAD_INPUT, DONE, INTERRUPTED, OUT_OF_LIMITS, exit_code
from zisk_py.cli.interruption import end_on_interrupt
from zisk_py.cli.lazy_group import LazyGroup
from zisk_py.cli.output import Streams
from zisk_py.errors import ZiskError

NO_THREAD = "can't start new thread"  # what Python says where the system refuses one


@click.group(cls=LazyGroup, names=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zisk-py", message="%(prog)s %(version)s")
def group() -> None:
    """Prove runs of Solana, eBPF and RISC-V programs.

    Exit codes: 0 done; 1 refused; 2 bad usage or input; 3 guest fault (when executed); 4 out of limits.
    """


def main(args: Sequence[str], out: TextIO, err: TextIO) -> int:
    """Run one command line; results go to `out`, errors and progress to `err`. Returns the exit code."""
    try:
        with redirect_stdout(out):  # click prints its help there
            if not args:
                args = ["--help"]
            with group.make_context("zisk-py", list(args), obj=Streams(out, err)) as context:
                return int(group.invoke(context) or DONE)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "zisk-py"
        sentence = " ".join(error.format_message().split()).rstrip(".")
        return _fail(err, f"{sentence}; see `{where} --help`", BAD_INPUT)
    except click.ClickException as error:
        return _fail(err, error.format_message(), BAD_INPUT)
    except ZiskError as error:
        return _fail(err, str(error), exit_code(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        return _fail(err, f"cannot use {error.filename or 'a file'}: {error.strerror or error}", BAD_INPUT)
    except MemoryError:
        return _fail(
            err, "not enough memory; a smaller --chunk-size or --max-memory needs less", OUT_OF_LIMITS
        )
    except RuntimeError as error:
        if str(error) != NO_THREAD:
            raise
        return _fail(
            err, "the system starts no more threads; use --threads 1 or raise its limit", OUT_OF_LIMITS
        )
    except KeyboardInterrupt:
        return _fail(err, "interrupted", INTERRUPTED)


def run() -> None:
    """The entry point: main on the process's own streams, ended at once by Ctrl-C."""
    end_on_interrupt(sys.stderr)
    try:
        code = main(sys.argv[1:], sys.stdout, sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    sys.exit(code)


def _fail(err: TextIO, message: str, code: int) -> int:
    print(f"zisk-py: error: {message}", file=err, flush=True)
    return code
