"""What one answer loads and costs, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

from graph.recommend.model_io import save_model
from graph.recommend.target import choose_target
from graph.recommend.train import train
from tests.contract.recommender import checkerboard

ROOT = Path(__file__).parents[3]
ASK = """
import json, sys
from pathlib import Path
from graph.hetero import HeteroGraph
from graph.recommend.model_io import load_model
from graph.recommend.serving import recommend
graph = HeteroGraph.read(Path(sys.argv[1]))
model = load_model(Path(sys.argv[2])).model
found = recommend(model, graph, graph.ids("Person").numbers(["u003"]), 3)
heavy = {"torch", "torch_geometric", "pandas", "duckdb", "networkx", "sklearn", "numba", "pyarrow"}
print(json.dumps({"rows": len(found), "loaded": sorted(heavy & set(sys.modules))}))
"""


def test_an_answer_loads_nothing_heavy(tmp_path: Path) -> None:
    graph = checkerboard()
    graph.write(tmp_path / "graph")
    save_model(train(graph, choose_target(graph, "Product")).model, tmp_path / "model")
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path / "graph"), str(tmp_path / "model")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(done.stdout) == {"rows": 3, "loaded": []}
