import numpy as np

import gnn
from gnn.hetero_data import node_features
from graph.columns import MISSING_INTEGER, Nodes
from graph.ids import IdMap
from graph.recommend.target import choose_target
from graph.text import TextArray
from tests.contract.recommender import BOUGHT, checkerboard


def test_to_pyg_keeps_every_edge() -> None:
    graph = checkerboard()
    data = gnn.to_pyg(graph, target=choose_target(graph, "Product"))
    assert set(data.edge_types) == {tuple(key) for key in graph.edge_sets}
    for key, e in graph.edge_sets.items():
        assert data[tuple(key)].edge_index.numpy().tolist() == [e.src.tolist(), e.dst.tolist()]
        assert data[tuple(key)].edge_time.numpy().tolist() == e.time.tolist()
    assert {t: data[t].num_nodes for t in data.node_types} == {t: len(n) for t, n in graph.nodes.items()}
    data.validate()
    labels = data[tuple(BOUGHT)].edge_label_index.numpy()
    bought = graph.edges(BOUGHT)
    assert set(map(tuple, labels.T.tolist())) == set(zip(bought.src.tolist(), bought.dst.tolist(), strict=True))
    assert data["Product"].x_names == ["brand = even", "brand = odd"]
    assert data["Product"].x.sum(1).tolist() == [1.0] * graph.count("Product")


def test_numbers_dates_and_roles_become_features() -> None:
    nodes = Nodes(
        IdMap.of("Person", ["a", "b", "c", "d"]),
        {
            "age": np.array([10, 30, MISSING_INTEGER, 20]),
            "city": TextArray.of(["x", "", "x", "y"]),
            "name": TextArray.of(["p", "q", "r", "s"]),
            "signup": np.array(["2024-01-01", "NaT", "2024-01-03", "2024-01-02"], "datetime64[D]"),
        },
        {"KOL": np.array([True, False, False, True])},
    )
    found = node_features(nodes)
    assert list(found) == [
        "role KOL", "age", "age missing", "city = x", "city = y", "signup", "signup missing",
    ]  # fmt: skip
    assert found["role KOL"].tolist() == [1, 0, 0, 1]
    assert found["city = x"].tolist() == [1, 0, 1, 0]
    assert found["age missing"].tolist() == [0, 0, 1, 0]
    step = np.sqrt(1.5)
    assert np.allclose(found["age"], [-step, step, 0, 0])
    assert np.allclose(found["signup"], [-step, 0, step, 0])
