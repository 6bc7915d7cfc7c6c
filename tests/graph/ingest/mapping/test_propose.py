from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from graph.errors import DataError
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.mapping.propose import propose
from graph.ingest.mapping.sampling import is_time, node_type_in, node_type_of
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore


def proposed(folder: Path, **files: str) -> dict[str, list[dict[str, object]]]:
    """The proposal's entries by file, after it has been read as a mapping and loaded without a single reject."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    text = propose(folder, MARKET).text
    found: dict[str, list[dict[str, object]]] = {}
    for entry in tomllib.loads(text)["files"]:
        found.setdefault(entry["path"].split(".")[0], []).append(entry)
    (folder / "mapping.toml").write_text(text, "utf-8")
    sources = find_sources(folder, read_mapping(folder / "mapping.toml", MARKET))
    store = EmbeddedStore(folder / "store" / "m.duckdb", MARKET, threads=1)
    counts = load_sources(sources, MARKET, store, quarantine=Quarantine(folder / "q"), as_of=1_800_000_000)
    assert [(c.file, c.quarantined) for c in counts if c.quarantined] == []
    assert all(c.unmapped == () for c in counts)
    return found


@pytest.mark.parametrize(
    ("column", "node"),
    [
        ("user_id", "Person"),
        ("userID", "Person"),
        ("UID", "Person"),
        ("member no", "Person"),
        ("会员编号", "Person"),
        ("用户ID", "Person"),
        ("KOL_id", "Person"),
        ("达人", "Person"),
        ("item", "Product"),
        ("sku_id", "Product"),
        ("商品编号", "Product"),
        ("artistID", "Product"),
        ("vehicle_id", "Vehicle"),
        ("车型ID", "Vehicle"),
        ("car", "Vehicle"),
        ("topic_id", "Topic"),
        ("channel", "Channel"),
        ("user_name", ""),
        ("item_price", ""),
        ("city", ""),
        ("cartons", ""),
        ("id", ""),
    ],
)
def test_id_columns_by_name(column: str, node: str) -> None:
    assert node_type_of(column) == node


def test_file_names_and_time_columns() -> None:
    assert [node_type_in(n) for n in ("users2026", "artists", "商品表", "stuff")] == [
        "Person",
        "Product",
        "Product",
        "",
    ]
    assert list(
        map(is_time, ("ts", "created_at", "下单时间", "order_date", "timestamp", "artist", "times", "status"))
    ) == [
        True,
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_chinese_shop(tmp_path: Path) -> None:
    found = proposed(
        tmp_path,
        会员="会员编号,姓名,城市,注册时间\n001,李雷,上海,2024-01-05\n002,韩梅梅,北京,2024-02-05\n",
        商品="商品编号,名称,价格,品牌\nA1,轮胎,399.5,米其林\nA2,机油,99,壳牌\n",
        行为="会员编号,商品编号,行为类型,时间\n001,A1,浏览,2025-03-01 10:00:00\n"
        "001,A1,加购,2025-03-01 10:01:00\n"
        "002,A2,购买,2025-03-02 09:00:00\n",
        订单="订单编号,会员编号,商品编号,金额,下单时间\nO1,001,A1,399.5,2025-03-01 10:05:00\n"
        "O2,002,A2,99,2025-03-02 09:01:00\n",
    )
    (members,), (goods,), (acts,), (orders,) = (found[n] for n in ("会员", "商品", "行为", "订单"))
    assert (members["node"], members["id"], members["roles"]) == ("Person", "会员编号", ["User"])
    assert members["columns"] == {"name": "姓名", "city": "城市", "signup": "注册时间"}
    assert goods["columns"] == {"name": "名称", "brand": "品牌", "price": "价格"}
    assert acts["relation"]["values"] == {  # type: ignore[index]
        "浏览": "Person-VIEWED-Product",
        "加购": "Person-CARTED-Product",
        "购买": "Person-BOUGHT-Product",
    }
    assert (orders["edge"], orders["event_id"], orders["weight"], orders["time"]) == (
        "Person-BOUGHT-Product",
        "订单编号",
        "金额",
        "下单时间",
    )
    text = (tmp_path / "mapping.toml").read_text("utf-8")
    assert 'time_zone = "Asia/Shanghai"  # check:' in text


def test_ties_kols_and_epochs(tmp_path: Path) -> None:
    found = proposed(
        tmp_path,
        users="user_id,shoe,channel\nu1,43,web\nu2,44,app\nu3,45,app\n",
        kols="kol_id,name,followers,cost\nk1,A,1000,5.5\nk2,B,2000,7\n",
        follows="follower_id,followed_id,ts\nu1,k1,1700000000\nu9,k2,1700000001\n",
        interactions="user_id,target_id,type,ms\nu1,k1,like,1\nu2,k1,share,2\n",
        views="user_id,vehicle_id,ts\nu1,v1,1700000000000\nu2,v1,1700000000001\n",
    )
    assert found["kols"][0]["roles"] == ["KOL"]
    assert found["users"][0]["ignore"] == ["shoe", "channel"]
    (follows,) = found["follows"]
    assert (follows["edge"], follows["source"], follows["time_unit"]) == ("Person-FOLLOWS-Person", "follower_id", "s")
    assert follows["create"] == ["source", "target"]
    assert found["interactions"][0]["edge"] == "Person-INTERACTED-Person"
    assert found["interactions"][0]["columns"] == {"kind": "type"}
    assert (found["views"][0]["time_unit"], found["views"][0]["create"]) == ("ms", ["target"])
    assert '\ntime_zone = "Asia/Shanghai"  # check: ' in (tmp_path / "mapping.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("cell", "zone"),
    [("2024-01-31", "\n# time_zone = "), ("2024-01-31 23:30:00", "\n# time_zone = "), ("1706715000", "\ntime_zone = ")],
)
def test_dates_need_no_zone_and_moments_do(tmp_path: Path, cell: str, zone: str) -> None:
    found = proposed(tmp_path, users=f"user_id,signup\nu1,{cell}\nu2,{cell}\n")
    assert found["users"][0]["columns"] == {"signup": "signup"}
    assert zone in (tmp_path / "mapping.toml").read_text("utf-8")


def test_ends_by_value_overlap(tmp_path: Path) -> None:
    people = "user_id\n" + "".join(f"P{i}\n" for i in range(100))
    goods = "product_id,price\n" + "".join(f"G{i},9\n" for i in range(100))
    rows = "who,what,stars\n" + "".join(f"P{i},G{99 - i},{i % 5 + 1}\n" for i in range(100))
    (entry,) = proposed(tmp_path, people=people, goods=goods, reviews=rows)["reviews"]
    assert (entry["source"], entry["target"], entry["edge"], entry["weight"]) == (
        "who",
        "what",
        "Person-RATED-Product",
        "stars",
    )
    assert "# check:" in (tmp_path / "mapping.toml").read_text("utf-8")


def test_people_are_taken_from_events_when_no_file_lists_them(tmp_path: Path) -> None:
    people, events = proposed(tmp_path, ratings="user,item,rating\na,x,5\na,y,4\nb,x,1\n")["ratings"]
    assert (people["node"], people["roles"], events["create"]) == ("Person", ["User"], ["target"])


def test_files_that_fit_nothing_are_named(tmp_path: Path) -> None:
    text = "user,item\na,x\na,y\n"
    proposed(tmp_path, views=text, weather="day,rain\n1,2\n1,3\n")
    assert '# "weather.csv" is not mapped' in (tmp_path / "mapping.toml").read_text("utf-8")


def test_odd_files_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "TIES.CSV").write_text("follower_id,followed_id\nu1,u2\nu1,u3\n")
    (tmp_path / "users.csv.bak").write_text("user_id\nu9\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "budget.XLSX").write_bytes(b"PK")
    (tmp_path / "readme.md").write_text("x")
    made = propose(tmp_path, MARKET)
    assert {entry["path"] for entry in tomllib.loads(made.text)["files"]} == {"TIES.CSV"}
    assert set(made.left_out) == {"users.csv.bak", "empty.csv", "budget.XLSX"}
    assert "save it as CSV" in made.left_out["budget.XLSX"]
    for name in made.left_out:
        assert f'# "{name}" is not mapped: ' in made.text


@pytest.mark.parametrize(
    ("name", "content", "message", "hint"),
    [
        ("", "", "no data file", "data synth"),
        ("notes.md", "x", "no data file", "CSV"),
        ("users.xlsx", "x", "spreadsheet", "save it as CSV"),
        ("f.csv", "", "empty", "header"),
        ("f.csv", "x,y\n1,2\n1,3\n", "no file has columns that look like ids", "mapping.toml"),
    ],
)
def test_folders_without_anything_to_propose(tmp_path: Path, name: str, content: str, message: str, hint: str) -> None:
    if name:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        propose(tmp_path, MARKET)
    assert hint in caught.value.hint


def test_a_large_file_is_only_sampled(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    body = "".join(f"u{a},p{b},1700000000\n" for a, b in rng.integers(0, 50, (20_000, 2)))
    found = proposed(tmp_path, buys="user_id,item_id,ts\n" + body)
    assert found["buys"][1]["edge"] == "Person-BOUGHT-Product"


def test_weights_with_a_decimal_comma_are_found(tmp_path: Path) -> None:
    found = proposed(tmp_path, orders="user_id;item_id;amount\nu1;i1;12,50\nu2;i1;1.007,25\n")
    assert found["orders"][-1]["weight"] == "amount"


def written(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return propose(folder, MARKET).text


def column_of(text: str, key: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(key))


def test_a_cell_that_does_not_fit_does_not_cost_the_column(tmp_path: Path) -> None:
    orders = "".join(f"o{i},u{i % 7},p{i % 5},2026-01-{i % 28 + 1:02d},{i}\n" for i in range(40))
    text = written(
        tmp_path,
        users="user_id,city,registered\nu1,上海,2026-01-01\nu2,北京,--\n"
        + "".join(f"v{i},x,2026-01-02\n" for i in range(9)),
        orders="order_no,user_id,item_id,time,amount\no98,u1,p1,未付款,5\no99,u2,p1,2026-01-01,free\n" + orders,
    )
    assert 'columns = { city = "city", signup = "registered" }' in text
    assert column_of(text, "missing").startswith('missing = ["--", "\\\\N", ')
    assert "1 of those looked at, the first in row 2 of registered" in column_of(text, "missing")
    assert column_of(text, "time =") == (
        "time = \"time\"  # check: 1 of 42 cells looked at is no time, as '未付款' in row 1; these rows are refused"
    )
    assert "1 of 42 cells looked at is no number, as 'free' in row 2; these rows are refused" in column_of(
        text, "weight"
    )
    assert "ignore" not in text


@pytest.mark.parametrize(
    "name",
    ["黑名单.csv", "勿扰名单.csv", "退订.csv", "免打扰.csv", "BlackList.csv", "do-not-contact.csv", "dnc_2024.txt",
     "unsubscribed.csv", "opt_out.csv"],
)  # fmt: skip
def test_a_file_of_people_to_leave_out_does_not_make_them_known(tmp_path: Path, name: str) -> None:
    (tmp_path / "brand_nc.csv").write_text("user_id,city\nu1,Hefei\nu2,Wuhu\n", "utf-8")
    (tmp_path / name).write_text("user_id\nu8\nu9\n", "utf-8")
    made = propose(tmp_path, MARKET)
    assert [entry["path"] for entry in tomllib.loads(made.text)["files"]] == ["brand_nc.csv"]
    assert made.exclusions == (name,)
    assert f'# "{name}" is not mapped: its name says that it lists people who must not be contacted' in made.text
    assert "`exclude` in graphvine.toml" in made.text


def test_a_column_that_does_not_fit_is_left_out_with_the_reason(tmp_path: Path) -> None:
    text = written(tmp_path, kols="kol_id,fans,shoe\nk1,many,40\nk2,few,41\nk3,7,42\n")
    assert (
        '# "fans" is not used: it is called like followers, but 2 of 3 cells looked at are no whole number, '
        "as 'many' in row 1" in text
    )
    assert (
        'ignore = ["fans", "shoe"]  # not used: nothing in the schema is called so; map them, or leave them out' in text
    )


def test_numbers_with_words_are_numbers(tmp_path: Path) -> None:
    text = written(
        tmp_path, kols="达人编号,达人昵称,粉丝数,报价\nk1,甲,1.2万,￥1.5万\nk2,乙,35.6w,面议\nk3,丙,900,9.9k\n"
    )
    assert 'columns = { name = "达人昵称", followers = "粉丝数", cost = "报价" }' in text
    assert column_of(text, "missing").startswith('missing = ["面议"')


def test_a_word_for_no_time_is_not_proposed_as_missing(tmp_path: Path) -> None:
    rows = "".join(f"u{i},p{i},2026-01-01,{i}\n" for i in range(20))
    text = written(tmp_path, orders=f"user_id,item_id,time,amount\nu1,p1,--,--\n{rows}")
    assert "missing =" not in text
    assert '# ["--"] would leave events without their time, so rows with it are refused' in text


def test_states_by_which_nothing_came_of_an_event_are_told(tmp_path: Path) -> None:
    text = written(tmp_path, orders="user_id,item_id,amount,state\nu1,p1,5,done\nu2,p1,5,Cancelled\nu1,p2,3,done\n")
    assert (
        "\"state\" is not used: check: it says of 1 of 3 rows that nothing came of them, as 'Cancelled' in row 2"
        in text
    )


def test_a_list_with_a_row_twice_is_still_a_list(tmp_path: Path) -> None:
    rows = "".join(f"u{i},x\n" for i in range(40))
    text = written(tmp_path, users=f"user_id,city\nu1,x\n{rows}")
    assert 'id = "user_id"  # check: 1 of 41 rows have none, or one that another row has' in text


def test_preambles_and_footers_are_found(tmp_path: Path) -> None:
    found = proposed(
        tmp_path,
        users="user_id,city\nu1,x\nu2,y\nu3,z\n",
        orders="月度订单,,,\n,,,\nuser_id,item_id,time,amount\nu1,p1,2026-01-02,5\nu2,p1,2026-01-03,6\n"
        "u3,p2,2026-01-03,6\n合计,,,17\n制表：李,,,\n",
    )
    (orders,) = found["orders"]
    assert (orders["header_row"], orders["footer_rows"], orders["time"]) == (3, 2, "time")


@pytest.mark.parametrize("unit", ["星", "分", " 颗星"])
def test_ratings_with_a_unit_are_the_weight(tmp_path: Path, unit: str) -> None:
    found = proposed(
        tmp_path, reviews="user_id,item_id,评分\n" + "".join(f"u{i},p{i},{i}{unit}\n" for i in range(1, 6))
    )
    assert (found["reviews"][-1]["edge"], found["reviews"][-1]["weight"]) == ("Person-RATED-Product", "评分")
