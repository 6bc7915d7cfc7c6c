"""graphvine build: the whole job on a workspace, skipping what did not change."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.data import DirectoryOption, MappingOption, load_files, mapped_sources, publish_snapshot
from cli.options import ExcludeOption, QuietOption, SeedOption, VerboseOption
from cli.session import Session, clock
from cli.steps import Plan, Step, file_digest

if TYPE_CHECKING:
    from cli.runs import Run


def build(
    directory: Annotated[Path, typer.Argument(help="The workspace.")] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run and why; change nothing.")] = False,
    force: Annotated[
        list[str] | None, typer.Option("--force", help="Run this step whatever its inputs; may be repeated.")
    ] = None,
    mapping: MappingOption = None,
    data: DirectoryOption = None,
    exclude: ExcludeOption = None,
    seed: SeedOption = None,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Load, segment, train, recommend, choose seeds and write the report; unchanged steps are skipped.

    Example: graphvine build demo --dry-run
    """
    from cli.runs import code_version
    from graph.errors import ConfigError

    session = Session.open(directory, verbose=verbose, quiet=quiet, seed=seed)
    steps = build_steps(session, mapping=mapping, data=data, exclude=exclude)
    unknown = set(force or ()) - {s.name for s in steps}
    if unknown:
        raise ConfigError(f"no step {sorted(unknown)[0]!r}", hint=f"steps: {', '.join(s.name for s in steps)}")
    plan = Plan.read(
        session.workspace.root / "build.json", code=code_version(), seed=session.seed, forced=frozenset(force or ())
    )
    if dry_run:
        _explain(steps, plan)
        return
    with session.run("build") as run:
        for step in steps:
            _take(step, plan, session, run)
        run.metric("results", {name: facts["result"] for name, facts in plan.done.items()})
    _summary(session, plan)


def _explain(steps: list[Step], plan: Plan) -> None:
    """Print each step with whether it runs and why, without doing anything."""
    running: set[str] = set()
    for step in steps:
        waits = [name for name in step.after if name in running]
        reason = f"after {', '.join(waits)}" if waits else plan.reason(step)
        missing = None if waits else step.absent()
        if missing:
            typer.echo(f"{step.name}: skipped: {missing}")
        elif reason:
            running.add(step.name)
            typer.echo(f"{step.name}: runs: {reason}")
        else:
            typer.echo(f"{step.name}: skipped: inputs unchanged")


def _take(step: Step, plan: Plan, session: Session, run: Run) -> None:
    missing = step.absent()
    if missing:
        plan.forget(step)
        plan.absent[step.name] = missing
        run.skip(step.name, missing)
        session.terminal.step(f"{step.name}: skipped: {missing}")
        return
    if plan.reason(step) is None:
        run.skip(step.name, "inputs unchanged")
        session.terminal.step(f"{step.name}: inputs unchanged")
        return
    started = time.monotonic()
    plan.record(step, step.run())
    run.lap(step.name)
    session.terminal.step(f"{step.name}: done in {time.monotonic() - started:.1f} s")


def build_steps(session: Session, *, mapping: Path | None, data: Path | None, exclude: Path | None) -> list[Step]:
    """The steps of a build of this workspace, in order."""

    def sources() -> dict[str, str]:
        found = mapped_sources(session, mapping, data)
        schema = session.workspace.root / "schema.toml"
        facts = {f"{i} {s.name}": f"{file_digest(s.file)} {s.mapping.digest()}" for i, s in enumerate(found)}
        return facts | ({"schema": file_digest(schema)} if schema.exists() else {})

    def load() -> str:
        counts = load_files(session, mapped_sources(session, mapping, data), clock())
        return f"{sum(c.read for c in counts)} records"

    return [
        Step("load", (), sources, load, exists=lambda _: session.workspace.store.exists()),
        Step(
            "snapshot",
            ("load",),
            dict,
            lambda: publish_snapshot(session, None)[1].name,
            exists=partial(_there, session, "snapshots"),
        ),
    ]


def _there(session: Session, kind: str, result: str) -> bool:
    return (session.workspace.results(kind) / result).exists()


def _summary(session: Session, plan: Plan) -> None:
    session.terminal.following(f"graphvine data describe -w {session.workspace.root}")
