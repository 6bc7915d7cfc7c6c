"""graphvine model: train models of what people will want, see how good they are, and choose which one serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session, clock
from cli.shared_options import LOUDNESS, TABLE, takes
from cli.trainers import trainers
from graph.errors import ConfigError
from graph.workflow.models import DEFAULT_TARGET, evaluate_given, kind_of, read_record, train_command, train_model

app = typer.Typer(no_args_is_help=True, help="Models of what people will want.")


TargetOption = Annotated[
    str, typer.Option("--target", "-t", metavar="NAME", help="What is recommended: product, vehicle, or your own type.")
]
_HOW = "its name, a unique beginning of it, latest (made last) or serving"
ModelArgument = Annotated[str, typer.Argument(help=f"Model: {_HOW}.")]

_METRICS = (
    "slice", "model", "users", "ndcg", "ndcg_low", "ndcg_high", "recall", "mrr", "hit_rate", "coverage", "judged",
)  # fmt: skip
_BEYOND = (
    "slice", "model", "users", "coverage", "novelty", "diversity", "gini", "shown_popularity", "taken_popularity",
    "miscalibration", "judged",
)  # fmt: skip
_DIFFERENCES = ("slice", "model", "against", "difference", "low", "high", "judged")
# Length of the lists that published benchmarks on split files report most often.
_SPLIT_K = 20


@app.command(epilog=EPILOG)
@takes("workspace", "seed", *TABLE, *LOUDNESS)
def train(
    session: Session,
    to: Output,
    target: TargetOption = DEFAULT_TARGET,
    gnn: Annotated[bool, typer.Option("--gnn/--no-gnn", help="Train the graph neural network as a voter too.")] = True,
    promoted: Annotated[
        bool, typer.Option("--promote", help="Let it serve at once where it is not worse than the model that serves.")
    ] = False,
) -> None:
    """Train the voters, choose their blend on validation data, and evaluate it once on test data.

    The first model of a target serves at once; a later one is a candidate until it is promoted.

    Example: graphvine model train --target vehicle -w demo
    """
    from graph.workflow.promotion import serve_first, settle

    target = session.workspace.target(target)
    with session.run("model train", target=target, gnn=gnn) as run:
        folder = train_model(session.workspace, target, trainers=trainers(session.terminal.note, gnn=gnn))
        run.output(folder)
        about = read_record(folder)
        run.metric("test", about["metrics"])
        if promoted:
            settle(session.workspace, target, folder, at=clock())
        serving = serve_first(session.workspace, target, folder, at=clock())
    emit(Table.of(about["metrics"], _METRICS), to)
    _tell(session, about)
    if serving == folder.name or promoted:
        session.following(f"graphvine recommend --all --target {target} -k 5 -o recommendations.csv")
    else:
        session.terminal.note(f"{folder.name} is a candidate; {serving} serves")
        session.following(f"graphvine model promote {folder.name} --target {target}")


def _kept(session: Session, target: str, model: str) -> Path:
    """The folder of the model of that name."""
    from graph.workflow.model_history import find_model

    return find_model(session.folder, kind_of(target), model, command=train_command(target))


def _tell(session: Session, about: dict[str, Any]) -> None:
    predicts = f"predicts {', '.join(about['positives'])}; " if about["positives"] else ""
    session.terminal.note(predicts + about["split"]["note"])
    session.terminal.note(about["summary"])
    if told := about.get("telling_columns"):
        session.terminal.note(
            f"{', '.join(told)} tell what happened in the test period, as if written afterwards: without a model that "
            "reads them the figures would be lower"
        )
    if any(not row["judged"] for row in about["metrics"]):
        session.terminal.note("slices with fewer than 50 people are shown but say little (judged: no)")


@app.command(epilog=EPILOG)
@takes("workspace", "seed", *TABLE, *LOUDNESS)
def evaluate(
    session: Session,
    to: Output,
    model: ModelArgument = "latest",
    target: TargetOption = DEFAULT_TARGET,
    differences: Annotated[
        bool, typer.Option("--differences", help="Show paired differences of the whole with each voter instead.")
    ] = False,
    beyond: Annotated[
        bool,
        typer.Option("--beyond", help="Show novelty, diversity, popularity bias and calibration of the lists instead."),
    ] = False,
    split: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--split",
            metavar="TRAIN TEST",
            help="Train and evaluate on these two CSV files of person and item instead; needs no workspace and keeps "
            "nothing.",
        ),
    ] = None,
    length: Annotated[
        int | None, typer.Option("-k", min=1, help=f"With --split: length of the lists.  [default: {_SPLIT_K}]")
    ] = None,
    gnn: Annotated[
        bool, typer.Option("--gnn/--no-gnn", help="With --split: train the graph neural network as a voter too.")
    ] = True,
) -> None:
    """Show the evaluation on the test period from when the model was trained; the test data are used only once.

    Published benchmarks come as two files of pairs: --split learns on the first, in which it holds validation pairs out
    for every choice, and measures on the second once.

    Example: graphvine model evaluate latest --target product --differences -w demo
    """
    if differences and beyond:
        raise ConfigError("--differences and --beyond are two tables", hint="ask for one of them")
    if split is not None:
        about = _evaluate_split(session, *split, model=model, k=length or _SPLIT_K, gnn=gnn)
    elif length is not None:
        raise ConfigError("-k belongs to --split", hint="a model was evaluated with one length when it was trained")
    else:
        target = session.workspace.target(target)
        about = read_record(_kept(session, target, model))
    columns = _DIFFERENCES if differences else _BEYOND if beyond else _METRICS
    emit(Table.of(about["differences"] if differences else about["metrics"], columns), to)
    _tell(session, about)


def _evaluate_split(session: Session, train: Path, test: Path, *, model: str, k: int, gnn: bool) -> dict[str, Any]:
    if model != "latest":
        raise ConfigError(f"--split trains anew, so that there is no model {model!r}", hint="leave the model out")
    from graph.workspace.settings import Settings

    return evaluate_given(
        train,
        test,
        k=k,
        trainers=trainers(session.terminal.note, gnn=gnn),
        on_step=session.terminal.detail,
        seed=Settings().seed if session.seed is None else session.seed,
    )


@app.command("list", epilog=EPILOG)
@takes("workspace", *TABLE)
def list_models(session: Session, to: Output) -> None:
    """List the kept models: where each comes from, which one of each target serves, and why.

    Example: graphvine model list -w demo
    """
    from graph.errors import PrerequisiteError
    from graph.workflow.promotion import LISTED, list_models

    rows = [row for target in session.workspace.targets() for row in list_models(session.workspace, target)]
    if not rows:
        raise PrerequisiteError(f"no models in {session.folder.root}", hint=train_command(DEFAULT_TARGET))
    emit(Table.of(rows, LISTED), to)


@app.command(epilog=EPILOG)
@takes("workspace", *TABLE, *LOUDNESS)
def compare(
    session: Session,
    to: Output,
    model: ModelArgument = "latest",
    against: Annotated[str, typer.Argument(help=f"The model to compare with: {_HOW}.")] = "serving",
    target: TargetOption = DEFAULT_TARGET,
) -> None:
    """Compare two models in the same people, on a period that neither was fitted on where that can be had.

    Example: graphvine model compare latest serving --target product -w demo
    """
    from graph.workflow.model_comparison import compare_models

    target = session.workspace.target(target)
    found = compare_models(session.workspace, _kept(session, target, model), _kept(session, target, against))
    emit(Table.of([found.row()], tuple(found.row())), to)
    session.terminal.note(f"NDCG@{found.k} {found.period}")


@app.command(epilog=EPILOG)
@takes("workspace", *LOUDNESS)
def promote(
    session: Session,
    model: ModelArgument = "latest",
    target: TargetOption = DEFAULT_TARGET,
    force: Annotated[bool, typer.Option("--force", help="Let it serve although it is worse.")] = False,
) -> None:
    """Let a model serve, unless it is worse than the one that serves or than one of its own voters.

    Worse means: the whole 95 % interval of the difference is below 0, or the mean is lower by more than .003.

    Example: graphvine model promote latest --target product -w demo
    """
    from graph.workflow.promotion import promote

    target = session.workspace.target(target)
    folder = _kept(session, target, model)
    with session.run("model promote", target=target, model=folder.name, force=force):
        verdict = promote(session.workspace, target, folder, at=clock(), force=force)
    typer.echo(folder.name)
    session.terminal.note(f"{target}/{folder.name} serves ({verdict.how}): {verdict.why}")


@app.command(epilog=EPILOG)
@takes("workspace", *LOUDNESS)
def rollback(session: Session, target: TargetOption = DEFAULT_TARGET) -> None:
    """Let the model serve that served before the present one.

    Example: graphvine model rollback --target product -w demo
    """
    from graph.workflow.promotion import roll_back

    target = session.workspace.target(target)
    with session.run("model rollback", target=target):
        name = roll_back(session.workspace, target, at=clock())
    typer.echo(name)
    session.terminal.note(f"{target}/{name} serves again")


@app.command(epilog=EPILOG)
@takes("workspace", *TABLE, *LOUDNESS)
def refresh(
    session: Session, to: Output, model: ModelArgument = "serving", target: TargetOption = DEFAULT_TARGET
) -> None:
    """Fold the events, people and items of the latest snapshot into a model without training; measure the drift.

    Example: graphvine model refresh --target product -w demo
    """
    from graph.workflow.model_refresh import refresh_model

    target = session.workspace.target(target)
    with session.run("model refresh", target=target, model=model) as run:
        found = refresh_model(session.workspace, target, at=clock(), model=model)
        run.output(found.folder)
        run.metric("drift", found.drift)
    emit(Table.of([found.row()], tuple(found.row())), to)
    for sentence in found.told():
        session.terminal.note(sentence)
    if found.due:
        session.following(f"graphvine model train --target {target} --promote")


@app.command(epilog=EPILOG)
@takes("workspace")
def show(session: Session, model: ModelArgument = "latest", target: TargetOption = DEFAULT_TARGET) -> None:
    """Print everything that is recorded about a model as JSON: its report, lineage, drift, and when it served.

    Example: graphvine model show latest --target vehicle -w demo
    """
    import json
    from dataclasses import asdict

    from graph.workflow.model_history import read_history
    from graph.zones import UTC, local_iso

    target = session.workspace.target(target)
    folder = _kept(session, target, model)
    history = read_history(session.folder, kind_of(target))
    changes = [change for change in history.changes if change.model == folder.name]
    served = [{**asdict(change), "at": local_iso(change.at, UTC)} for change in changes]
    about = {**read_record(folder), "name": folder.name, "served": served, "serves": history.serving == folder.name}
    typer.echo(json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False))
