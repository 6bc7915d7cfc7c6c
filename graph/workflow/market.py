"""Market: a workspace with one method for each part of the work, for notebooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from graph.notebook import html_table

if TYPE_CHECKING:
    import pandas as pd

    from graph.hetero import HeteroGraph
    from graph.influence.kols.card_values import KolRanking
    from graph.influence.seeds import SeedSet
    from graph.recommend.rules.rules import Rules
    from graph.recommend.train import TrainedModel
    from graph.store.result import QueryResult
    from graph.trust.mask import PeopleMask
    from graph.workflow.campaign_inputs import CampaignInputs
    from graph.workflow.loading.load import LoadResult
    from graph.workflow.model_comparison import ModelComparison
    from graph.workflow.model_refresh import Refreshed
    from graph.workflow.models import Trainers
    from graph.workflow.promotion import Verdict
    from graph.workflow.recommendations import Offers
    from graph.workflow.report.collect import Report
    from graph.workflow.segments import Segments
    from graph.workspace.workspace import Workspace


class Query(Protocol):
    """Answers a named query or Cypher."""

    def __call__(self, query: str, parameters: Mapping[str, Any], *, limit: int, timeout: float) -> QueryResult:
        """The rows; see ``Market.query``."""


@dataclass(frozen=True)
class Tools:
    """What a market needs and this package cannot import or read.

    Attributes:
        query: Answers queries on the market of the workspace.
        trainers: Gives the trainers that need torch; takes whether the graph neural network is wanted.
        clock: Gives the time in UTC seconds.
    """

    query: Query
    trainers: Callable[[bool], Trainers]
    clock: Callable[[], int]


class Market:
    """A workspace, with one method for each part of the work.

    Attributes:
        workspace: What the methods work on.
        notes: Facts about results that their readers should know, one sentence each, oldest first.
    """

    def __init__(self, workspace: Workspace, notes: list[str], tools: Tools) -> None:
        self.workspace, self.notes, self._tools = workspace, notes, tools

    @property
    def graph(self) -> HeteroGraph:
        """The latest snapshot: everybody, whatever the do-not-contact list and the consents say.

        Raises:
            PrerequisiteError: there is none.
        """
        return self.workspace.graph()

    @property
    def people(self) -> PeopleMask:
        """Who may be used for what, by the do-not-contact list and the consents.

        Raises:
            DataError: the list cannot be relied on; every id in doubt is named.
        """
        return self.workspace.mask(self.graph.ids("Person"))

    def load(
        self, *, mapping: str | Path | None = None, data: str | Path | None = None, as_of: int | None = None
    ) -> LoadResult:
        """Load the mapped files into the store, each record once, and publish a snapshot.

        Args:
            mapping: Mapping file; None for the configured one.
            data: Folder of the data files; None for the configured one.
            as_of: Events from this moment on lie in the future and are refused, UTC seconds; None for now.

        Raises:
            DataError: a file cannot be used.
        """
        from graph.report.load_counts_io import write_load_counts
        from graph.workflow.loading.load import load_files
        from graph.workflow.loading.snapshot import publish_snapshot
        from graph.workflow.loading.sources import mapped_sources

        sources = mapped_sources(
            self.workspace, None if mapping is None else Path(mapping), None if data is None else Path(data)
        )
        done = load_files(self.workspace, sources, self._tools.clock() if as_of is None else as_of)
        write_load_counts(self.workspace.load_counts, done.rows())
        publish_snapshot(self.workspace, None)
        return done

    def query(
        self, query: str, parameters: Mapping[str, Any] | None = None, *, limit: int = 1000, timeout: float = 30.0
    ) -> QueryResult:
        """Rows of a read-only query.

        Args:
            query: The name of a named query, or Cypher.
            parameters: Values of its ``$parameters`` by name.
            limit: Most rows.
            timeout: Seconds before the query is stopped.

        Raises:
            ConfigError: there is no named query of that name, or it lacks a parameter.
            QueryRefusedError: the query does anything but read.
        """
        result = self._tools.query(query, dict(parameters or {}), limit=limit, timeout=timeout)
        self.notes += result.notes
        return result

    def segments(self, *, resolution: float | None = None) -> Segments:
        """Segments of the people, with the judgement whether they can be relied on; those kept already are read.

        Args:
            resolution: More gives smaller segments; None for the setting, else chosen from the data.

        Raises:
            PrerequisiteError: there is no snapshot.
        """
        from graph.workflow.segments import find_segments, read_segments

        return read_segments(self.workspace, find_segments(self.workspace, resolution=resolution, again=False))

    def train(self, target: str = "product", *, gnn: bool = True) -> TrainedModel:
        """A model of what people will want next; one that is kept already is read.

        A new one serves from then on unless it is worse than the one that does; see ``notes``.

        Args:
            target: ``product``, ``vehicle`` or another type that people acquire, want or rate.
            gnn: Whether the graph neural network votes too, which takes longer.

        Raises:
            ConfigError: nobody acquires, intends to or rates such a type.
            ModelError: there is too little to learn from.
        """
        from graph.workflow.models import kind_of, load_trained, train_model
        from graph.workflow.promotion import serve_first, settle

        name, trainers = self.workspace.target(target), self._tools.trainers(gnn)
        models = self.workspace.folder.all(kind_of(name))
        folder, now = train_model(self.workspace, name, trainers=trainers, again=False), self._tools.clock()
        if folder in models:
            serve_first(self.workspace, name, folder, at=now)
        else:
            settle(self.workspace, name, folder, at=now)
        return load_trained(folder)

    def models(self, target: str = "product") -> pd.DataFrame:
        """The kept models of a target, a row each: what was measured, where it comes from, which one serves and why."""
        import pandas as pd

        from graph.workflow.promotion import LISTED, list_models

        return pd.DataFrame(list_models(self.workspace, self.workspace.target(target)), columns=list(LISTED))

    def compare(self, model: str = "latest", against: str = "serving", *, target: str = "product") -> ModelComparison:
        """How much better one kept model is than another, in the same people.

        Args:
            model: Its name, a unique beginning of it, ``latest`` (made last) or ``serving``.
            against: The model to compare with, named likewise.
            target: What they recommend.

        Raises:
            PrerequisiteError: there is no such model, or a snapshot that is needed is gone.
            ModelError: a model is damaged.
        """
        from graph.workflow.model_comparison import compare_models

        name = self.workspace.target(target)
        return compare_models(self.workspace, self._model(name, model), self._model(name, against))

    def promote(self, model: str = "latest", *, target: str = "product", force: bool = False) -> Verdict:
        """Let a kept model serve, unless it is worse than the one that serves or than one of its own voters.

        Args:
            model: As for ``compare``.
            target: What it recommends.
            force: Whether it serves although it is worse; what is damaged never does.

        Raises:
            ModelError: it is worse, or damaged.
            PrerequisiteError: there is no such model, or a snapshot that is needed is gone.
        """
        from graph.workflow.promotion import promote

        name, now = self.workspace.target(target), self._tools.clock()
        return promote(self.workspace, name, self._model(name, model), at=now, force=force)

    def rollback(self, *, target: str = "product") -> str:
        """Let the model serve that served before the present one; its name.

        Raises:
            PrerequisiteError: no earlier model is kept.
            ModelError: that model is damaged.
        """
        from graph.workflow.promotion import roll_back

        return roll_back(self.workspace, self.workspace.target(target), at=self._tools.clock())

    def refresh(self, model: str = "serving", *, target: str = "product") -> Refreshed:
        """Fold the latest snapshot into a model without training; measures the drift, and says whether training is due.

        Args:
            model: As for ``compare``.
            target: What it recommends.

        Raises:
            PrerequisiteError: there is no such model, or no snapshot.
            ModelError: the model is damaged, or cannot be refreshed.
        """
        from graph.workflow.model_refresh import refresh_model

        found = refresh_model(self.workspace, self.workspace.target(target), at=self._tools.clock(), model=model)
        self.notes += found.told()
        return found

    def _model(self, target: str, model: str) -> Path:
        from graph.workflow.model_history import find_model
        from graph.workflow.models import kind_of, train_command

        return find_model(self.workspace.folder, kind_of(target), model, command=train_command(target))

    def recommend(
        self,
        people: Sequence[str] | None = None,
        *,
        segment: str | None = None,
        target: str | None = None,
        k: int | None = None,
        rules: str | Path | Rules | None = None,
    ) -> Offers:
        """Ranked items with reasons; owned items are left out, and people who must not be contacted.

        Args:
            people: Person ids; None for everybody, or everybody of the segment.
            segment: Only its people.
            target: What to recommend; None for the first target that has a model.
            k: Items for each person; None for the setting.
            rules: Limits on what is offered to whom, or a file of them, see docs/rules.md; None for the setting.

        Raises:
            DataError: a person is unknown, or the rules or a list that they name cannot be read.
            PrerequisiteError: there is no model, or no such segment.
            ConfigError: a rule is wrong, or names a column that there is not.
        """
        from graph.errors import ConfigError
        from graph.workflow.recommendations import keep_offers, people_of, recommend_to, recommending
        from graph.workflow.segments import segments_or_none
        from graph.workspace.rules_file import read_rules

        if isinstance(people, str):
            raise ConfigError(f"people={people!r} is a text", hint=f"give a list of ids: [{people!r}]")
        if people is not None and segment is not None:
            raise ConfigError("name the people in one way", hint="give people or segment=")
        if k is not None and (not isinstance(k, int) or k < 1):
            raise ConfigError(
                f"k={k!r} is no number of items", hint="a whole number from 1 on, or None for the setting"
            )
        if isinstance(rules, Mapping):
            raise ConfigError("rules cannot be given as a dict", hint="write them to a file: docs/rules.md")
        workspace, graph = self.workspace, self.graph
        if people is not None and not len(people):
            numbers = graph.ids("Person").numbers([])
        else:
            numbers = people_of(workspace, graph, ids=people or (), segment=segment)
        given = read_rules(Path(rules)) if isinstance(rules, str | Path) else rules
        segments, most = segments_or_none(workspace, graph), workspace.settings.recommend.k
        found = recommending(workspace, graph, target=target, segments=segments, rules=given)
        offers = recommend_to(found, numbers, most if k is None else k)
        if people is None and segment is None and k in (None, most) and given is None:
            # What a build keeps too, and what a report shows.
            keep_offers(found, offers)
        return offers

    def kols(self, *, product: str | None = None, segment: str | None = None) -> KolRanking:
        """KOLs by a score that can be taken apart; followers are shown and never scored.

        Args:
            product: Id of an item: people count by their affinity for it, which needs a model.
            segment: Only its people count.

        Raises:
            PrerequisiteError: there are no ties between people, or no KOLs.
            ConfigError: there is no such product or segment.
        """
        from graph.workflow.kols import keep_ranking, rank_kols_of

        inputs = self._inputs(product, segment)
        ranking = rank_kols_of(self.workspace, inputs)
        if segment is None:
            keep_ranking(self.workspace, inputs, ranking, product=product)
        return ranking

    def plan(
        self,
        *,
        seeds: int | None = None,
        budget: float | None = None,
        product: str | None = None,
        segment: str | None = None,
    ) -> SeedSet:
        """Whom to seed under a number of seeds, a budget in yuan, or both, beside what the usual rules bring.

        Args:
            seeds: Number of seeds.
            budget: Yuan; people without a known cost are left out.
            product: Id of an item: people count by the chance that they take it, which needs a model.
            segment: Only its people count.

        Raises:
            ConfigError: no limit is given, or there is no such product or segment.
            PrerequisiteError: there are no ties between people, or nobody to choose from.
        """
        from graph.errors import ConfigError
        from graph.workflow.plans import choose_seeds, keep_plan, plan_notes

        if seeds is None and budget is None:
            raise ConfigError("a plan needs a limit", hint="give seeds= or budget=")
        inputs = self._inputs(product, segment)
        for note in plan_notes(inputs, budget=budget):
            self.workspace.listener.note(note)
        chosen = choose_seeds(self.workspace, inputs, seeds=seeds, budget=budget)
        keep_plan(self.workspace, inputs, chosen, seeds=seeds, budget=budget, product=product, segment=segment)
        return chosen

    def report(self, file: str | Path | None = None) -> Report:
        """Write the latest results as one HTML page that needs no network.

        Args:
            file: The page; None for report.html in the workspace.

        Raises:
            PrerequisiteError: there is no snapshot.
        """
        from graph.workflow.report.collect import write_report
        from graph.workflow.step_record import read_skipped

        skipped = read_skipped(self.workspace.folder.builds)
        return write_report(self.workspace, None if file is None else Path(file), skipped=skipped)

    def _inputs(self, product: str | None, segment: str | None) -> CampaignInputs:
        from graph.workflow.campaign_inputs import campaign_inputs

        return campaign_inputs(self.workspace, product=product, segment=segment)

    def _kept(self) -> list[tuple[str, str]]:
        """Kind and name of the latest result of each kind that there is."""
        folder, targets = self.workspace.folder, self.workspace.targets()
        kinds = ["snapshots", "segments", *(f"models/{t}" for t in targets)]
        kinds += [*(f"recommendations/{t}" for t in targets), "kols", "seeds"]
        found = ((kind, folder.latest_or_none(kind)) for kind in kinds)
        return [(kind, latest.name) for kind, latest in found if latest is not None]

    def __repr__(self) -> str:
        kept = ", ".join(kind for kind, _ in self._kept())
        return f"<Market {self.workspace.folder.root}: {kept or 'nothing loaded yet'}>"

    def _repr_html_(self) -> str:
        return html_table(f"Market {self.workspace.folder.root}", ("kind", "latest"), self._kept())
