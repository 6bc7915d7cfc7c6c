"""Training of the encoder, deterministic at a given number of threads, and its export to arrays that need no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gnn.determinism import deterministic
from gnn.encoder import Parameters, Relations, convolve, fold_in, friend_weight, relation_weights
from gnn.losses import sampled_softmax
from graph.event_times import decay_by_age
from graph.recommend.features import Features, Vocabulary, horizon, interest_weights
from graph.recommend.split import Split
from graph.recommend.target import first_events
from graph.recommend.voters.gnn import FittedGnn

_DECAY = (0.9, 0.99)


@dataclass(frozen=True, slots=True)
class Gnn:
    """The graph neural network as a voter; its fitted form is ``graph.recommend.voters.gnn.FittedGnn``.

    Attributes:
        width: Length of the vectors.
        layers: Number of convolutions to people and back.
        steps: Gradient steps.
        rate: Step size of Adam at the start; it falls to a tenth of that along half a cosine.
        ridge: Weight of the mean squared vectors in the loss.
        hold_out: Share of positive pairs that a step predicts from the others.
        pairs: Highest number of hidden pairs that a step predicts.
        negatives: Items sampled in each step to stand for all items; all items where there are not more.
        memory: Positive events count half for every ``memory`` horizons of age.
    """

    width: int = 64
    layers: int = 2
    steps: int = 40
    rate: float = 0.1
    ridge: float = 2.0
    hold_out: float = 0.6
    pairs: int = 2_048
    negatives: int = 1024
    memory: float = 4.0
    name: str = "gnn"

    def fit(self, split: Split, rng: np.random.Generator) -> FittedGnn:
        """Train on ``split.train``; numbers are drawn from ``rng`` and a torch generator seeded by it."""
        with deterministic():
            return _train(self, split, rng)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Positive pairs: person, item, weight by age, and the number of pairs."""

    person: Tensor
    item: Tensor
    weight: Tensor

    def __len__(self) -> int:
        return len(self.person)


def _pairs(split: Split, memory: float) -> _Pairs:
    graph, target = split.train, split.target
    events = first_events(graph, target)
    width = graph.count(target.node_type)
    packed, first = np.unique(events.users * width + events.items, return_index=True)
    weight = decay_by_age(events.time, now=graph.now or 0, half_life=memory * horizon(graph, target))[first]
    return _Pairs(
        torch.from_numpy(packed // width), torch.from_numpy(packed % width), torch.from_numpy(weight.astype(np.float32))
    )


def _train(recipe: Gnn, split: Split, rng: np.random.Generator) -> FittedGnn:
    graph, target = split.train, split.target
    vocabulary, features = Vocabulary.of(graph), Features(graph, target)
    relations = Relations.of(features, vocabulary, tuple(sorted(interest_weights(graph, target))))
    start, stop = vocabulary.span(target.node_type)
    pairs = _pairs(split, recipe.memory)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    parameters = _initial_parameters(recipe, relations, pairs, start=start, count=stop - start, generator=generator)
    edge_pair = _pair_of_edges(relations, pairs, start=start, count=stop - start)
    adam = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters.each()]
    for step in range(recipe.steps):
        loss = _loss(recipe, relations, parameters, pairs, edge_pair, span=(start, stop), generator=generator)
        for parameter in parameters.each():
            parameter.grad = None
        loss.backward()
        fall = 0.55 + 0.45 * float(np.cos(np.pi * step / recipe.steps))
        _adam(parameters, adam, rate=recipe.rate * fall, step=step + 1)
    return _export(relations, parameters, split, vocabulary, layers=recipe.layers)


def _initial_parameters(
    recipe: Gnn, relations: Relations, pairs: _Pairs, *, start: int, count: int, generator: torch.Generator
) -> Parameters:
    """Small random vectors; the bias of an item starts at the logarithm of its popularity, halved by age."""
    things = relations.gather.shape[0]
    popularity = np.bincount(pairs.item.numpy(), pairs.weight.numpy(), minlength=count)
    bias = torch.from_numpy(np.log(popularity + 0.1).astype(np.float32))
    parts = (
        0.1 * torch.randn(things, recipe.width, generator=generator),
        bias - bias.mean(),
        torch.zeros(len(relations.keys)),
        torch.full((1,), -1.0),
    )
    return Parameters(*(p.requires_grad_() for p in parts))


def _pair_of_edges(relations: Relations, pairs: _Pairs, *, start: int, count: int) -> Tensor:
    """Number of the positive pair between the two ends of each message-passing edge, int64 (e,); -1 for none."""
    item = relations.thing.numpy() - start
    packed = relations.person.numpy() * count + item
    known = pairs.person.numpy() * count + pairs.item.numpy()
    place = np.minimum(np.searchsorted(known, packed), len(known) - 1)
    same = (known[place] == packed) & (item >= 0) & (item < count) & relations.positive.numpy()
    return torch.from_numpy(np.where(same, place, -1))


def _loss(
    recipe: Gnn,
    relations: Relations,
    parameters: Parameters,
    pairs: _Pairs,
    edge_pair: Tensor,
    *,
    span: tuple[int, int],
    generator: torch.Generator,
) -> Tensor:
    """Loss of one step: hide some pairs with all events between the two, and predict them from the other events."""
    drawn = torch.randperm(len(pairs), generator=generator)[: max(int(recipe.hold_out * len(pairs)), 1)]
    hidden = torch.zeros(len(pairs) + 1, dtype=torch.bool)
    hidden[drawn] = True  # the last entry stays false, for edges without a pair
    held = drawn[: recipe.pairs].sort().values
    values = relations.own.values * (~hidden[edge_pair])
    table = convolve(relations, parameters, values, layers=recipe.layers)
    people = fold_in(relations, parameters, table, values)
    asked, rows = torch.unique(pairs.person[held], return_inverse=True)
    m = span[1] - span[0]
    negatives = torch.randperm(m, generator=generator)[: recipe.negatives] if m > recipe.negatives else None
    loss = sampled_softmax(
        people.index_select(0, asked),
        table[span[0] : span[1]],
        parameters.bias,
        rows=rows,
        positives=pairs.item[held],
        weights=pairs.weight[held],
        negatives=negatives,
    )
    return loss + recipe.ridge * parameters.vectors.square().mean()


@torch.no_grad()
def _adam(parameters: Parameters, state: list[tuple[Tensor, Tensor]], *, rate: float, step: int) -> None:
    """One step of Adam in place; ``torch.optim`` is not used, since it loads the compiler, which takes seconds."""
    first, second = _DECAY
    for parameter, (mean, square) in zip(parameters.each(), state, strict=True):
        grad = parameter.grad
        if grad is None:
            continue
        mean.mul_(first).add_(grad, alpha=1 - first)
        square.mul_(second).addcmul_(grad, grad, value=1 - second)
        scale = (square / (1 - second**step)).sqrt_().add_(1e-8)
        parameter.addcdiv_(mean, scale, value=-rate / (1 - first**step))


@torch.no_grad()
def _export(
    relations: Relations, parameters: Parameters, split: Split, vocabulary: Vocabulary, *, layers: int
) -> FittedGnn:
    start, stop = vocabulary.span(split.target.node_type)
    table = convolve(relations, parameters, relations.own.values, layers=layers)
    weights = relation_weights(parameters).tolist()
    return FittedGnn(
        split.target,
        vocabulary,
        {key: round(weight, 7) for key, weight in zip(relations.keys, weights, strict=True)},
        round(float(friend_weight(parameters)), 7),
        (table / relations.degree).numpy().copy(),
        np.ascontiguousarray(table[start:stop].T.numpy()),
        parameters.bias.detach().numpy().copy(),
    )
