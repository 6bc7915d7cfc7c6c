"""graphvine build: the whole job on a workspace, without running again what did not change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Encoding, Format, Output, Table, emit
from cli.session import Session, clock
from cli.shared_options import LOUDNESS, PEOPLE, takes
from cli.trainers import trainers

if TYPE_CHECKING:
    from cli.runs import Run
    from graph.workflow.step_record import BuildRecord, Step


@takes("directory", "mapping", "data", *PEOPLE, "write", "store", "shared", "seed", *LOUDNESS)
def build(
    session: Session,
    mapping: Path | None,
    data: Path | None,
    write: bool,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run and why; change nothing.")] = False,
    force: Annotated[
        list[str] | None, typer.Option("--force", help="Run this step whatever its inputs; may be repeated.")
    ] = None,
) -> None:
    """Load, segment, train, recommend, choose seeds and write the report; unchanged steps are not run again.

    Example: graphvine build demo --dry-run
    """
    from graph.errors import ConfigError
    from graph.workflow.build_steps import Job, build_steps
    from graph.workflow.step_record import BuildRecord
    from graph.workspace.identity import code_version

    market = session.workspace
    record = BuildRecord.read(
        session.folder.builds, code=code_version(), seed=market.seed, forced=frozenset(force or ())
    )
    record.skipped = {}
    given = trainers(session.terminal.note)
    job = Job(market, mapping, data, clock(), given, _export, record.skipped, record.done, write=write)
    steps = build_steps(job)
    strange = set(force or ()) - {s.name for s in steps}
    if strange:
        raise ConfigError(f"no step {sorted(strange)[0]!r}", hint=f"steps: {', '.join(s.name for s in steps)}")
    if dry_run:
        _explain(steps, record)
        return
    with session.run("build", fresh=mapping is not None) as run:
        for step in steps:
            _take(step, record, session, run)
        exports = [step.export for step in steps if step.export is not None and step.name in record.done]
        for file in (session.folder.report, *exports):
            run.output(file)
        run.metric("results", {name: facts["result"] for name, facts in record.done.items()})
        if rules := {target: counts for target, counts in job.counts.items() if counts}:
            run.metric("rules", rules)
    _summary(session, record, exports)


def _export(file: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A CSV that Excel opens as it is."""
    emit(Table(tuple(columns), rows), Output(Format.CSV, file, Encoding.UTF8_SIG))


def _explain(steps: list[Step], record: BuildRecord) -> None:
    """Print each step with whether it runs and why, without doing anything."""
    running: set[str] = set()
    for step in steps:
        waits = [name for name in step.after if name in running]
        reason = f"after {', '.join(waits)}" if waits else record.reason(step)
        missing = None if waits else step.missing()
        if missing:
            typer.echo(f"{step.name}: skipped: {missing}")
        elif reason:
            running.add(step.name)
            typer.echo(f"{step.name}: runs: {reason}")
        else:
            typer.echo(f"{step.name}: unchanged: its inputs are the same")


def _take(step: Step, record: BuildRecord, session: Session, run: Run) -> None:
    """Run a step, or say that it is unchanged or why it is skipped."""
    from graph.errors import ModelError, PrerequisiteError
    from graph.workflow.build_steps import NEEDED

    missing = step.missing()
    if missing is None and record.reason(step) is None:
        step.publish(record.done[step.name]["result"])
        run.skip(step.name, "inputs unchanged")
        session.terminal.step(f"{step.name}: inputs unchanged")
        return
    started = time.monotonic()
    try:
        if missing is None:
            record.run(step)
            run.lap(step.name)
            session.terminal.step(f"{step.name}: done in {time.monotonic() - started:.1f} s")
            return
    except (PrerequisiteError, ModelError) as error:
        # A step whose input the market lacks is skipped; the steps that do not need it still run.
        if step.name in NEEDED:
            raise
        missing = error.message
    record.skipped[step.name] = missing
    record.forget(step)
    run.skip(step.name, missing)
    session.terminal.step(f"{step.name}: skipped: {missing}")


def _summary(session: Session, record: BuildRecord, exports: list[Path]) -> None:
    """What was found, where the files are, and what to try next."""
    from graph.workflow.report.collect import collect_report

    root, say = session.folder.root, session.terminal.step
    say("")
    content = collect_report(session.workspace, record.skipped)
    for headline in content.headlines:
        say(f"  {headline.figure}: {headline.sentence}")
    for name, why in record.skipped.items():
        say(f"  without {name}: {why}")
    say("")
    say(f"  report    {root / 'report.html'}")
    for file in exports:
        say(f"  export    {file}")
    say("")
    usual = {
        "segments": "segment show S1",
        "recommend-product": "recommend --segment S1 -k 3" if content.segments else "recommend --all -k 3",
        "kols": "kol rank -n 10",
        "model-product": "model evaluate",
        "snapshot": "data describe",
    }
    for step, command in usual.items():
        if step in record.done and (content.segments or step != "segments"):
            session.following(f"graphvine {command}")
