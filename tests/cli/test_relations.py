"""What relations mean, seen through whole commands on small markets: counts, dislikes, returns, a user's own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

import graphvine as gv
from cli.app import run_command
from graph.hetero import HeteroGraph
from graph.recommend.serving import recommend

PEOPLE, THINGS, KOLS = 160, 24, 6
NOON = 1_767_225_600  # 2026-01-01
DAY = 86_400
NODES = """
[[files]]
path = "people.csv"
node = "Person"
id = "user_id"
roles = ["User"]

[[files]]
path = "kols.csv"
node = "Person"
id = "kol_id"
roles = ["KOL"]
columns = { followers = "followers" }

[[files]]
path = "things.csv"
node = "Product"
id = "product_id"
columns = { brand = "brand" }
"""


def table(file: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    file.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")


def market(folder: Path, *, settings: str = "") -> Path:
    """A workspace with people, KOLs and things, and nothing that happened yet."""
    folder.mkdir(parents=True)
    (folder / "graphvine.toml").write_text(f"seed = 7\n{settings}", "utf-8")
    table(folder / "people.csv", "user_id", ([f"U{i:03d}"] for i in range(PEOPLE)))
    table(folder / "kols.csv", "kol_id,followers", ([f"K{i}", 1000 * (i + 1)] for i in range(KOLS)))
    table(folder / "things.csv", "product_id,brand", ([f"P{i:02d}", f"b{i % 2}"] for i in range(THINGS)))
    return folder


def edges(path: str, edge: str, source: str, target: str, *more: str) -> str:
    parts = [f'path = "{path}"', f'edge = "{edge}"', f'source = "{source}"', f'target = "{target}"', *more]
    return "\n".join(["", "[[files]]", *parts]) + "\n"


def mapping(folder: Path, *entries: str) -> None:
    (folder / "mapping.toml").write_text(NODES + "".join(entries), "utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert run_command(list(arguments)) == code, capsys.readouterr().err
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return told.out, told.err


def records(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def happenings(seed: int) -> dict[str, list[list[object]]]:
    """Files of events whose last cell says how often each happened; amounts are per time."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[list[object]]] = {name: [] for name in ("orders", "looks", "likes", "follows")}

    def when() -> int:
        return NOON + int(rng.integers(0, 300 * DAY))

    for person in range(PEOPLE):
        user, half = f"U{person:03d}", person % 2
        for name, count in (("orders", 4), ("looks", 7)):
            for thing in rng.choice(np.arange(half, THINGS, 2), count, replace=False).tolist():
                more = [30 + thing] if name == "orders" else []
                found[name].append([user, f"P{thing:02d}", when(), *more, int(rng.choice([1, 2, 10]))])
        for kol in rng.choice(np.arange(half, KOLS, 2), 2, replace=False).tolist():
            found["follows"].append([user, f"K{kol}", NOON - DAY, 1])
            found["likes"].append([user, f"K{kol}", when(), "like", int(rng.choice([1, 10]))])
        friend = int(rng.choice(np.arange(half, PEOPLE, 2)))
        if friend != person:
            found["follows"].append([user, f"U{friend:03d}", NOON - DAY, 1])
    return found


HEADERS = {
    "orders": ("Person-BOUGHT-Product", "user,product,ts,amount"),
    "looks": ("Person-VIEWED-Product", "user,product,ts"),
    "likes": ("Person-INTERACTED-Person", "user,other,ts,kind"),
    "follows": ("Person-FOLLOWS-Person", "user,other,ts"),
}


def write_events(folder: Path, found: dict[str, list[list[object]]], *, counted: bool) -> None:
    """One row that says how often, with the amount of all; or as many equal rows."""
    entries = []
    for name, rows in found.items():
        edge, header = HEADERS[name]
        columns = {"kind": "kind"} if name == "likes" else {}
        more = ['time = "ts"', 'time_unit = "s"']
        if name == "orders":
            more.append('weight = "amount"')
        if counted:
            table(folder / f"{name}.csv", f"{header},times", (_whole(name, row) for row in rows))
            if name == "likes":
                more.append('weight = "times"')
            else:
                columns["times"] = "times"
        else:
            table(folder / f"{name}.csv", header, (row[:-1] for row in rows for _ in range(int(str(row[-1])))))
            more.append('duplicates = "keep"')
        more += ["columns = { " + ", ".join(f'{k} = "{v}"' for k, v in columns.items()) + " }"] if columns else []
        source, target = header.split(",")[:2]
        entries.append(edges(f"{name}.csv", edge, source, target, *more))
    mapping(folder, *entries)


def _whole(name: str, row: list[object]) -> list[object]:
    return [*row[:3], int(str(row[3])) * int(str(row[4])), row[4]] if name == "orders" else row


def without_names(raw: bytes) -> list[list[str]]:
    """A table without the ids of results."""
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    kept = [i for i, name in enumerate(rows[0]) if name != "model_id"]
    return [[row[i] for i in kept] for row in rows]


@pytest.mark.proof
def test_one_row_of_ten_times_and_ten_rows_are_the_same_market(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = happenings(5)
    said: dict[str, list[str]] = {}
    for name in ("counted", "repeated"):
        folder = market(tmp_path / name)
        write_events(folder, found, counted=name == "counted")
        run(capsys, "build", str(folder))
        listed = [run(capsys, "segment", "list", "-w", str(folder), "-f", "csv")[0]]
        shown = run(capsys, "segment", "show", "S1", "-w", str(folder), "-f", "json")[0]
        ranked = run(capsys, "kol", "rank", "-w", str(folder), "-f", "csv")[0]
        judged = run(capsys, "model", "evaluate", "-w", str(folder), "-f", "csv")[0]
        said[name] = [*listed, shown, ranked, judged]
    assert said["counted"] == said["repeated"]
    exports = sorted(p.name for p in (tmp_path / "counted" / "exports").iterdir())
    assert exports == ["kols.csv", "recommendations-product.csv", "seeds.csv", "segments.csv"]
    for file in exports:
        one, many = ((tmp_path / name / "exports" / file).read_bytes() for name in ("counted", "repeated"))
        if file.startswith("recommendations"):
            assert without_names(one) == without_names(many)
        else:
            assert one == many, file
        assert one.count(b"\n") > 3
    reports = [(tmp_path / name / "report.html").read_text("utf-8") for name in ("counted", "repeated")]
    assert all("S1" in report for report in reports)
    totals = [sum(int(str(row[-1])) for row in rows) for rows in found.values()]
    assert all(f"{PEOPLE + KOLS} people, {sum(totals):,} events" in report for report in reports)


def test_a_thing_that_everybody_dislikes_is_not_offered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = market(tmp_path / "m")
    rng = np.random.default_rng(1)
    rows = [[f"U{i:03d}", "P00", 1, NOON + i] for i in range(100)]
    for i in range(PEOPLE):
        for thing in rng.choice(np.arange(1, 8), 2, replace=False).tolist():
            rows.append([f"U{i:03d}", f"P{thing:02d}", int(rng.choice([4, 5])), NOON + 1000 * i + thing])
    rows += [["U000", "P09", 2, NOON], ["U001", "P09", 5, NOON], ["U002", "P09", 5, NOON]]
    rows.append(["U003", "P10", 9, NOON])
    table(folder / "ratings.csv", "user,product,stars,ts", rows)
    entry = edges(
        "ratings.csv", "Person-RATED-Product", "user", "product", 'weight = "stars"', 'time = "ts"', 'time_unit = "s"'
    )
    mapping(folder, entry)
    out, _ = run(capsys, "data", "load", "-w", str(folder), "-f", "csv")
    assert [r["quarantined"] for r in records(out) if r["file"] == "ratings.csv"] == ["1"]
    out, _ = run(capsys, "data", "rejects", "list", "-w", str(folder), "-f", "csv")
    (refused,) = records(out)
    assert (refused["reason"], refused["column"], refused["value"]) == ("out_of_scale", "stars", "9")
    assert (int(refused["row"]), "1 to 5" in refused["hint"]) == (len(rows), True)
    run(capsys, "data", "snapshot", "-w", str(folder))
    run(capsys, "model", "train", "--no-gnn", "-w", str(folder))
    out, _ = run(capsys, "recommend", "--all", "-k", str(THINGS), "-w", str(folder), "-f", "csv")
    offered = {(row["user_id"], row["item_id"]) for row in records(out)}
    assert "P00" not in {item for _, item in offered}
    assert {item for _, item in offered} >= {"P01", "P09", "P11"}
    assert ("U000", "P09") not in offered
    assert ("U150", "P09") in offered
    assert not any("P00" in row["reason"] for row in records(out))


def test_what_was_sent_back_is_not_owned_and_no_bestseller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = market(tmp_path / "m")
    rng = np.random.default_rng(2)
    rows = [[f"U{i:03d}", "P00", 100, NOON + i] for i in range(PEOPLE)]
    back = [[f"U{i:03d}", "P00", 100, NOON + DAY + i] for i in range(1, PEOPLE)]
    for i in range(PEOPLE):
        for thing in rng.choice(np.arange(1 + i % 2, THINGS, 2), 6, replace=False).tolist():
            rows.append([f"U{i:03d}", f"P{thing:02d}", 10, NOON + 1000 * i + thing])
    table(folder / "orders.csv", "user,product,paid,ts", rows)
    table(folder / "refunds.csv", "user,product,refund,ts", back)
    times = ('time = "ts"', 'time_unit = "s"')
    mapping(
        folder,
        edges("orders.csv", "Person-BOUGHT-Product", "user", "product", 'weight = "paid"', *times),
        edges(
            "refunds.csv", "Person-BOUGHT-Product", "user", "product", 'weight = "refund"',
            'constants = { times = "-1" }', *times,
        ),
    )  # fmt: skip
    for command in (["data", "load"], ["data", "snapshot"], ["model", "train", "--no-gnn"], ["segment", "detect"]):
        run(capsys, *command, "-w", str(folder))
    out, _ = run(capsys, "recommend", "--all", "-k", str(THINGS), "-w", str(folder), "-f", "csv")
    rows_of = records(out)
    assert "P00" not in {row["item_id"] for row in rows_of if row["user_id"] == "U000"}
    assert "P00" in {row["item_id"] for row in rows_of if row["user_id"] == "U001"}
    assert not [row for row in rows_of if row["item_id"] == "P00" and int(row["rank"]) <= 5]
    out, _ = run(capsys, "segment", "list", "-w", str(folder), "-f", "csv")
    spent = sum(float(row["total_spend"]) for row in records(out))
    assert spent == 100 + 10 * 6 * PEOPLE


SCHEMA = """
[[edges]]
relation = "FRIEND_OF"
source = "Person"
target = "Person"
role = "follow"
verb = "is a friend of"

[[edges]]
relation = "TRIED_ON"
source = "Person"
target = "Product"
role = "intend"
verb = "tried on"
"""


def own_market(folder: Path) -> Path:
    """Friends who try the same things on; nobody follows, buys or looks at anything."""
    rng = np.random.default_rng(3)
    market(folder)
    (folder / "schema.toml").write_text(SCHEMA, "utf-8")
    tried, friends = [], []
    for person in range(PEOPLE):
        half = person % 2
        for thing in rng.choice(np.arange(half, THINGS, 2), 6, replace=False).tolist():
            tried.append([f"U{person:03d}", f"P{thing:02d}", NOON + int(rng.integers(0, 300 * DAY))])
        for other in rng.choice(np.arange(half, PEOPLE, 2), 3, replace=False).tolist():
            if other != person:
                friends.append([f"U{person:03d}", f"U{other:03d}", NOON - DAY])
        friends.append([f"U{person:03d}", f"K{int(rng.choice(np.arange(half, KOLS, 2)))}", NOON - DAY])
    table(folder / "fittings.csv", "user,product,ts", tried)
    table(folder / "friends.csv", "user,other,ts", friends)
    times = ('time = "ts"', 'time_unit = "s"')
    mapping(
        folder,
        edges("fittings.csv", "Person-TRIED_ON-Product", "user", "product", *times),
        edges("friends.csv", "Person-FRIEND_OF-Person", "user", "other", *times),
    )
    return folder


def test_relations_of_ones_own_take_part_in_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = own_market(tmp_path / "own")
    _, err = run(capsys, "build", str(folder))
    assert "nobody in this market follows" not in err
    # Segments and cards.
    out, _ = run(capsys, "segment", "list", "-w", str(folder), "-f", "csv")
    assert len(records(out)) == 2
    out, _ = run(capsys, "segment", "show", "S1", "-w", str(folder), "-f", "csv")
    assert {"product", "kol", "influential"} <= {row["part"] for row in records(out)}
    # Features and reasons.
    about = json.loads(run(capsys, "model", "show", "-w", str(folder))[0])
    assert about["positives"] == ["TRIED_ON"]
    out, _ = run(capsys, "recommend", "--all", "-w", str(folder), "-f", "csv")
    assert any("which this person tried on" in row["reason"] for row in records(out))
    # The model that serves may not read ties; the voter that does gives its reasons by the relation's own words.
    market = gv.open(folder)
    friends = market.train(gnn=False).model.voters["friends"]
    found = recommend(friends, market.graph, np.arange(market.graph.count("Person")), 3)
    assert any("whom this person is a friend of, tried on it" in reason.text for reason in found.reasons)
    # Strengths.
    ranked = records(run(capsys, "kol", "rank", "-w", str(folder), "-f", "csv")[0])
    assert len(ranked) == KOLS
    assert all(int(row["audience"]) > 0 for row in ranked)
    plan = records(
        run(capsys, "campaign", "plan", "--seeds", "2", "--product", "P01", "-w", str(folder), "-f", "csv")[0]
    )
    assert len(plan) == 2
    # The report.
    page = (folder / "report.html").read_text("utf-8")
    for words in ("Person-FRIEND_OF-Person", "Person-TRIED_ON-Product", "Predicted: TRIED_ON", "tried on"):
        assert words in page
    # The snapshot keeps what they mean.
    name = json.loads((folder / "snapshots" / "latest.json").read_text())["latest"]
    graph = HeteroGraph.read(folder / "snapshots" / name)
    roles = {key.relation: graph.meaning(key).role for key in graph.edge_sets}
    assert roles == {"FRIEND_OF": "follow", "TRIED_ON": "intend"}
    assert graph.verify()
    out, _ = run(capsys, "data", "describe", "--schema", "-w", str(folder), "-f", "csv")
    assert any(r["type"] == "Person-TRIED_ON-Product" and "role: intend" in r["meaning"] for r in records(out))


def test_a_relation_without_a_role_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = own_market(tmp_path / "own")
    (folder / "schema.toml").write_text(SCHEMA.replace('role = "intend"\n', ""), "utf-8")
    _, err = run(capsys, "data", "load", "-w", str(folder))
    assert err.count('Person-TRIED_ON-Product names no role and is read as "browse"') == 1


def test_a_target_of_ones_own_and_slips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = own_market(tmp_path / "own")
    more = '[nodes.Dress]\ncolumns = { name = "text" }\n' + SCHEMA.replace('target = "Product"', 'target = "Dress"')
    (folder / "schema.toml").write_text(more, "utf-8")
    text = (folder / "mapping.toml").read_text("utf-8")
    text = text.replace('node = "Product"', 'node = "Dress"').replace(
        'columns = { brand = "brand" }', 'ignore = ["brand"]'
    )
    (folder / "mapping.toml").write_text(text.replace("TRIED_ON-Product", "TRIED_ON-Dress"), "utf-8")
    for command in (["data", "load"], ["data", "snapshot"]):
        run(capsys, *command, "-w", str(folder))
    run(capsys, "model", "train", "--no-gnn", "--target", "DRESS", "-w", str(folder))
    out, _ = run(capsys, "recommend", "U000", "-w", str(folder), "-f", "csv")
    assert {row["item_type"] for row in records(out)} == {"Dress"}
    _, err = run(capsys, "campaign", "plan", "--seeds", "2", "--product", "dress:P01", "-w", str(folder), "-f", "csv")
    assert "dress/" in err
    _, err = run(capsys, "recommend", "U000", "--target", "dres", "-w", str(folder), code=2)
    assert "did you mean 'dress'" in err
    (folder / "graphvine.toml").write_text('[recommend]\ntargets = ["vehicel"]\n', "utf-8")
    _, err = run(capsys, "build", str(folder), "--dry-run", code=2)
    assert "did you mean 'vehicle'" in err


def test_reviews_without_their_ratings_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = market(tmp_path / "m")
    table(folder / "reviews.csv", "user,product,stars", [["U000", "P00", "1星"], ["U001", "P00", "5星"]])
    for weight, told in (('ignore = ["stars"]', True), ('weight = "stars"', False)):
        mapping(folder, edges("reviews.csv", "Person-RATED-Product", "user", "product", weight))
        for command in (("data", "check"), ("data", "load", "--dry-run")):
            _, said = run(capsys, *command, "-w", str(folder), "-f", "csv")
            assert ("reviews.csv: Person-RATED-Product is read without its rating" in said) is told
            assert ("each review counts as a like" in said) is told
