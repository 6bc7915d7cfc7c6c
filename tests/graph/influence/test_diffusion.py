import numpy as np
import pytest

from graph.errors import DataError
from graph.influence.diffusion import Diffusion


def test_arcs_come_in_canonical_order() -> None:
    model = Diffusion.from_arcs(4, [2, 0, 1, 0], [3, 3, 3, 1], p=[0.1, 0.2, 0.3, 0.4])
    assert model.indptr.tolist() == [0, 0, 1, 1, 4]
    assert model.sources.tolist() == [0, 0, 1, 2]
    assert model.p.tolist() == [0.4, 0.2, 0.3, 0.1]
    assert model.targets.tolist() == [1, 3, 3, 3]


def test_any_order_of_the_same_arcs_gives_the_same_bytes() -> None:
    rng = np.random.default_rng(1)
    u, v, p = rng.integers(0, 20, 100), rng.integers(0, 20, 100), rng.uniform(0.1, 1, 100)
    first, shuffle = Diffusion.from_arcs(20, u, v, p=p), rng.permutation(100)
    second = Diffusion.from_arcs(20, u[shuffle], v[shuffle], p=p[shuffle])
    assert first.p.tobytes() == second.p.tobytes()
    assert first.sources.tobytes() == second.sources.tobytes()


def test_loops_go_and_parallel_arcs_join_as_independent_chances() -> None:
    model = Diffusion.from_arcs(2, [0, 1, 0, 0], [1, 1, 1, 1], p=[0.5, 0.9, 0.5, 0.2])
    assert model.arcs == 1
    assert model.p[0] == pytest.approx(1 - 0.5 * 0.5 * 0.8)


def test_forward_view_holds_the_same_arcs() -> None:
    model = Diffusion.from_arcs(4, [2, 0, 1, 0], [3, 3, 3, 1], p=[0.1, 0.2, 0.3, 0.4])
    indptr, targets, p = model.forward()
    assert indptr.tolist() == [0, 2, 3, 4, 4]
    assert targets.tolist() == [1, 3, 3, 3]
    assert p.tolist() == [0.4, 0.2, 0.3, 0.1]
    assert model.out_degree().tolist() == [2, 1, 1, 0]


def test_without_removes_every_arc_of_a_person() -> None:
    model = Diffusion.from_arcs(4, [0, 1, 2], [1, 2, 3], p=1.0)
    assert model.without(np.array([False, True, False, False])).targets.tolist() == [3]
    assert model.without(np.zeros(4, bool)) is model


def test_arrays_cannot_be_changed() -> None:
    model = Diffusion.from_arcs(2, [0], [1], p=0.5)
    with pytest.raises(ValueError, match="read-only"):
        model.p[0] = 1.0


@pytest.mark.parametrize(
    ("n", "sources", "targets", "p"),
    [
        (2, [0], [2], 0.5),
        (2, [-1], [0], 0.5),
        (2, [0], [1], 0.0),
        (2, [0], [1], 1.5),
        (2, [0], [1], float("nan")),
        (2, [0, 1], [1], 0.5),
        (2, [0, 1], [1, 0], [0.5, 0.5, 0.5]),
        (-1, [], [], []),
    ],
)
def test_impossible_arcs_are_refused(n: int, sources: list[int], targets: list[int], p: float | list[float]) -> None:
    with pytest.raises(DataError) as caught:
        Diffusion.from_arcs(n, sources, targets, p=p)
    assert caught.value.hint


def test_nobody_and_nothing_are_allowed() -> None:
    assert Diffusion.from_arcs(0, [], [], p=[]).arcs == 0
    assert Diffusion.from_arcs(3, [], [], p=[]).indptr.tolist() == [0, 0, 0, 0]
