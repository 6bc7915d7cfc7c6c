"""The graphvine command: its command tree, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import (
    build,
    campaign,
    cypher,
    doctor,
    init,
    kol,
    link,
    model,
    query,
    recommend,
    report,
    run,
    segment,
    store,
)
from cli.data import group as data
from cli.exits import EPILOG, Exit, exit_code
from cli.proposals import Given, completed
from cli.session import STATE
from cli.terminal import Terminal
from graph.errors import GraphvineError

app = typer.Typer(
    name="graphvine",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes 0.3 s to import, which is more than the rest of --help
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _version(wanted: bool) -> None:
    if wanted:
        from graph.workspace.identity import version

        typer.echo(f"graphvine {version()}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Files about a market to segments, recommendations with reasons, and KOL seeds under a budget."""


for module, name in (
    (data, "data"),
    (store, "store"),
    (segment, "segment"),
    (model, "model"),
    (link, "link"),
    (kol, "kol"),
    (campaign, "campaign"),
    (query, "query"),
    (report, "report"),
    (run, "run"),
):
    app.add_typer(module.app, name=name)
for command in (init.init, build.build, recommend.recommend, cypher.cypher, doctor.doctor):
    app.command(epilog=EPILOG)(command)


_INTERRUPTED = ("interrupted", "run the same command again: finished steps are not repeated")


def _stop_like_ctrl_c() -> None:
    """Let SIGTERM end a command as Ctrl-C does, so that its run is closed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def main(args: list[str] | None = None) -> None:
    """Run the command and leave with one of the listed exit codes."""
    code = run_command(args)
    if code == Exit.INTERRUPTED:
        # Where the interrupt passed through embedded code (a C extension that runs Python), the interpreter would end
        # itself by a signal instead of by the code that --help promises. Everything is written by now.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _ensure_numba_cache() -> None:
    """Give numba a temporary cache where it has no folder to write to; without one it refuses to compile."""
    usual = (Path(__file__).parent.parent, Path.home())
    if "NUMBA_CACHE_DIR" in os.environ or any(os.access(folder, os.W_OK) for folder in usual):
        return
    import atexit
    import shutil
    import tempfile

    # A private folder, since code in a cache is executed.
    folder = tempfile.mkdtemp(prefix="graphvine-")
    os.environ["NUMBA_CACHE_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _limit_threads() -> None:
    """One thread for every library of numbers, or as many as GRAPHVINE_THREADS says.

    Products of the sizes that occur here are no faster with two, on a busy machine they are three times slower, and
    sums in another order give other last digits. It counts only before numpy is imported.
    """
    wanted = os.environ.get("GRAPHVINE_THREADS", "1")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, wanted)


def run_command(args: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    terminal = Terminal()
    STATE["given"] = Given()
    try:
        _stop_like_ctrl_c()
        _ensure_numba_cache()
        _limit_threads()
        command = typer.main.get_command(app)
        code = int(command.main(args, prog_name="graphvine", standalone_mode=False) or 0)
        if code == Exit.INTERRUPTED:
            terminal.error(*_INTERRUPTED)
        return code
    except GraphvineError as error:
        _trace()
        terminal.error(error.message, completed(error.hint, STATE["given"]))
        return exit_code(error)
    except (KeyboardInterrupt, EOFError):
        terminal.error(*_INTERRUPTED)
        return Exit.INTERRUPTED
    except OSError as error:
        return _system(error, terminal)
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            # DuckDB handled the interrupt before Python did.
            terminal.error(*_INTERRUPTED)
            return Exit.INTERRUPTED
        return _unexpected(error, terminal)


def _system(error: OSError, terminal: Terminal) -> int:
    """The exit code for an error of the operating system, which is not a bug of graphvine."""
    if isinstance(error, BrokenPipeError):
        # The reader has closed the pipe; Python must not print an error about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    hints = {
        errno.EACCES: "check the rights of the file and its folder",
        errno.EPERM: "check the rights of the file and its folder",
        errno.EROFS: "choose a place that can be written to",
        errno.ENOSPC: "make room, then run the same command again",
        errno.EDQUOT: "make room, then run the same command again",
        errno.EFBIG: "make room or lift the limit on the size of files (ulimit -f), then run the same command again",
    }
    if error.errno not in hints:
        return _unexpected(error, terminal)
    terminal.error(f"{error.filename or 'the output'}: {error.strerror}", hints[error.errno])
    return Exit.USAGE


def _trace() -> None:
    if STATE["verbose"] >= 2:
        traceback.print_exc()


def _unexpected(error: Any, terminal: Terminal) -> int:
    if type(error).__name__ == "Abort":
        terminal.error("stopped", "")
        return Exit.INTERRUPTED
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):
        if hasattr(error, "show"):
            error.show()
        return int(error.exit_code)
    _trace()
    log = STATE["run"]
    where = f"the log is {log / 'log.jsonl'}" if log else "run it again with -vv for the traceback"
    terminal.error(f"this is a bug: {type(error).__name__}: {error}", f"{where}; please report it")
    return Exit.BUG
