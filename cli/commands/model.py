"""graphvine model: train a model of what people will want, and see how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, TABLE, takes
from cli.trainers import trainers
from graph.errors import ConfigError
from graph.workflow.models import DEFAULT_TARGET, evaluate_given, kind_of, read_record, train_command, train_model

app = typer.Typer(no_args_is_help=True, help="Models of what people will want.")


TargetOption = Annotated[
    str, typer.Option("--target", "-t", metavar="NAME", help="What is recommended: product, vehicle, or your own type.")
]
ModelArgument = Annotated[str, typer.Argument(help="Model, a unique beginning of its name, or latest.")]

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
) -> None:
    """Train the voters, choose their blend on validation data, and evaluate it once on test data.

    Example: graphvine model train --target vehicle -w demo
    """
    target = session.workspace.target(target)
    with session.run("model train", target=target, gnn=gnn) as run:
        folder = train_model(session.workspace, target, trainers=trainers(session.terminal.note, gnn=gnn))
        run.output(folder)
        about = read_record(folder)
        run.metric("test", about["metrics"])
    emit(Table.of(about["metrics"], _METRICS), to)
    _tell(session, about)
    session.following(f"graphvine recommend --all --target {target} -k 5 -o recommendations.csv")


def _tell(session: Session, about: dict[str, Any]) -> None:
    predicts = f"predicts {', '.join(about['positives'])}; " if about["positives"] else ""
    session.terminal.note(predicts + about["split"]["note"])
    session.terminal.note(about["fusion"])
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
        bool, typer.Option("--differences", help="Show paired differences with the fusion instead.")
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
        about = read_record(session.folder.find(kind_of(target), model, command=train_command(target)))
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
    """List the trained models; the latest of each target serves.

    Example: graphvine model list -w demo
    """
    from graph.errors import PrerequisiteError

    rows = []
    for target in session.workspace.targets():
        kind = kind_of(target)
        try:
            latest = session.folder.latest(kind, command=train_command(target)).name
        except PrerequisiteError:
            continue
        for folder in session.folder.all(kind):
            about = read_record(folder)
            best = next(r for r in about["metrics"] if r["model"] == "fusion" and r["slice"] == "overall")
            rows.append((folder.name, target, folder.name == latest, best["ndcg"], about["seed"], about["graph"][:16]))
    if not rows:
        raise PrerequisiteError(f"no models in {session.folder.root}", hint=train_command(DEFAULT_TARGET))
    emit(Table(("model", "target", "serves", "ndcg", "seed", "snapshot"), rows), to)


@app.command(epilog=EPILOG)
@takes("workspace")
def show(session: Session, model: ModelArgument = "latest", target: TargetOption = DEFAULT_TARGET) -> None:
    """Print everything that is recorded about a model as JSON.

    Example: graphvine model show latest --target vehicle -w demo
    """
    import json

    target = session.workspace.target(target)
    about = read_record(session.folder.find(kind_of(target), model, command=train_command(target)))
    typer.echo(json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False))
