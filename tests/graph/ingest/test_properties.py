from __future__ import annotations

import pytest

from tests.faults import generated_markets as generated


@pytest.mark.proof
def test_no_way_of_loading_changes_what_is_held() -> None:
    generated.property_of(60, 7)()


@pytest.mark.parametrize("create", ['create = ["target"]', ""])
def test_events_before_their_users_wait_for_the_replay(create: str) -> None:
    entry = generated.entry_of("orders.csv", f'edge = "Person-BOUGHT-Product"\nevent_id = "order"\n{generated.ENDS}')
    orders = generated.File(
        "orders.csv",
        entry + create + "\n",
        ("order", "uid", "item", "ts", "amount"),
        (("o1", "u1", "p1", "2026-01-01", "3"), ("o2", "nobody", "p1", "2026-01-01", "3")),
    )
    users = generated.File("users.csv", generated.USERS, ("uid", "name", "ts"), (("u1", "Ann", ""),))
    products = generated.File("products.csv", generated.PRODUCTS, ("item", "name"), (("p1", "Car"),))
    market = (users, products, orders)
    late = generated.Way((2, 0, 1), ((2,), (0, 1)), None, 1 << 24, 1)
    assert generated.faults_of(market, late) == []
    held = generated.held(market, late, again=True)
    assert held.kept == {("orders.csv", "unknown_source", "o2,nobody,p1,2026-01-01,3"): 1}


def test_a_difference_is_found() -> None:
    """The proof must be able to fail: nodes that contradict each other depend on the order of their files."""
    users = generated.File("users.csv", generated.USERS, ("uid", "name", "ts"), (("u1", "Ann", ""), ("u1", "Bea", "")))
    order = next(n for n in range(20) if users.text(generated.Random(n)) != users.text(None))
    way = generated.Way((0,), ((0,),), order, 1 << 24, 1)
    assert generated.faults_of((users,), way) == ["the snapshot is another"]


def test_two_files_of_one_content_are_loaded_once_each() -> None:
    columns, record = ("order", "uid", "item", "ts", "amount"), ("o1", "u1", "p1", "2026-01-01", "3")
    edge = f'edge = "Person-BOUGHT-Product"\nevent_id = "order"\ncreate = ["source", "target"]\n{generated.ENDS}'
    market = tuple(
        generated.File(name, generated.entry_of(name, edge), columns, (record,))
        for name in ("orders-1.csv", "orders-2.csv")
    )
    assert generated.faults_of(market, generated.plain_way(market)) == []


def test_a_replay_leaves_the_ledger_of_the_file_alone() -> None:
    edge = f'edge = "Person-BOUGHT-Product"\nevent_id = "order"\n{generated.ENDS}'
    columns, record = ("order", "uid", "item", "ts", "amount"), ("o1", "u1", "p1", "2026-01-01", "3")
    market = (generated.File("orders.csv", generated.entry_of("orders.csv", edge), columns, (record,)),)
    assert generated.faults_of(market, generated.plain_way(market)) == []
