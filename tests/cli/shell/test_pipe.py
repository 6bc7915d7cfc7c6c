"""graphvine cypher in a pipe: transcripts, formats, parameters and exit codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queries import load

Ask = Callable[..., Any]

PEOPLE = "MATCH (p:Person) RETURN p.id AS id, p.name AS name, p.city AS city ORDER BY id"


def told(done: Any) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    return done.code, done.out, done.err


def test_one_query_gives_csv(ask: Ask) -> None:
    people = "id,name,city\nK1,老玲聊车,南宁\nU1,李雷,上海\nU2,韩梅梅,北京\nU3,Zoë Ångström,重庆\nU4,王芳,上海\n"
    assert told(ask(PEOPLE)) == (0, people, "")
    assert told(ask(given=PEOPLE)) == (0, people, "")
    assert told(ask("-", given=PEOPLE + ";")) == (0, people, "")


def test_a_script_writes_one_result_after_the_other(ask: Ask) -> None:
    script = """\
// who they are; and what they drive
MATCH (k:KOL) RETURN k.id AS kol, k.followers AS fans;
:param city 上海
MATCH (p:Person {city: $city}) RETURN p.name AS `the name; of somebody`
  ORDER BY p.id;
:schema Vehicle
MATCH (:Person {id: 'U1'})-[v:VIEWED]->(c) RETURN v.time AS time, v.weight AS weight, c.id AS car ORDER BY time;
:params
RETURN 1 AS never_ended"""
    assert told(ask(given=script)) == (
        0,
        """\
kol,fans
K1,416351

the name; of somebody
李雷
王芳

part,property,type
(:Vehicle),id,text
(:Vehicle),name,text
(:Vehicle),model,text
(:Vehicle),brand,text
(:Vehicle),price_band,text
(:Vehicle),energy_type,text
(:Vehicle),body,text
(:Vehicle),price,decimal
(:Vehicle),stock,integer

time,weight,car
2025-07-01T00:22:19+08:00,30.0,V1
2025-07-01T13:08:13+08:00,15.0,V1

name,value
city,\"\"\"上海\"\"\"

never_ended
1
""",
        "",
    )


def test_formats_are_machine_readable(ask: Ask) -> None:
    query = "MATCH (p:Person {id: 'U1'}) RETURN p.id AS id, p.city AS city, [1, 2.5, null] AS list, {a: true} AS map"
    row = {"id": "U1", "city": "上海", "list": [1, 2.5, None], "map": {"a": True}}
    assert json.loads(ask(query, "-f", "json").out) == [row]
    assert [json.loads(line) for line in ask(query, "-f", "jsonl").out.splitlines()] == [row]
    [cells] = csv.DictReader(io.StringIO(ask(query, "-f", "csv").out))
    assert cells == {"id": "U1", "city": "上海", "list": "1 | 2.5 | None", "map": '{"a": true}'}
    assert told(ask(query, "-f", "table")) == (
        0,
        "id  city  list          map\nU1  上海  1, 2.5, null  {a: true}\n",
        "",
    )


def test_results_in_jsonl_follow_one_another(ask: Ask) -> None:
    done = ask("-f", "jsonl", given="RETURN 1 AS a; RETURN 2 AS b; UNWIND [] AS c RETURN c; RETURN [{x: 1}] AS d")
    assert told(done) == (0, '{"a": 1}\n{"b": 2}\n{"d": [{"x": 1}]}\n', "note: there are no rows\n")


def test_a_node_in_a_list_is_json_in_csv(ask: Ask) -> None:
    done = ask("MATCH (p:Person {id: 'U4'}) RETURN collect(p) AS them")
    [row] = csv.DictReader(io.StringIO(done.out))
    assert json.loads(row["them"]) == [
        {"labels": ["Person", "User"], "properties": {"city": "上海", "id": "U4", "name": "王芳"}}
    ]


def test_the_first_failure_ends_a_script_with_its_exit_code(ask: Ask) -> None:
    script = "RETURN 1 AS a;\nMATCH (n)\nSET n.x = 1;\nRETURN 3 AS c;\nRETURN 4 AS d"
    code, out, err = told(ask(given=script))
    assert (code, out) == (3, "a\n1\n")
    assert err.startswith("error: statement 2 (line 2): SET is refused at line 3, column 1")
    assert err.endswith("note: the 2 statements after it were not run; --keep-going runs them\n")


@pytest.mark.proof
def test_keep_going_runs_the_rest_and_still_fails(ask: Ask) -> None:
    script = "RETURN $missing AS a; :nonsense\nRETURN 3 AS c"
    code, out, err = told(ask("--keep-going", given=script))
    assert (code, out) == (3, "c\n3\n")
    assert "error: statement 1 (line 1): " in err
    assert "error: statement 2 (line 1): there is no command :nonsense" in err
    code, out, err = told(ask("--keep-going", given=":nonsense\nRETURN 3 AS c"))
    assert (code, out) == (2, "c\n3\n")
    assert err == "error: statement 1 (line 1): there is no command :nonsense\nhint: known: " + (
        ":exit, :explain, :export, :help, :limit, :mode, :param, :params, :profile, :queries, :rows, :run, :schema,"
        " :timer\n"
    )


@pytest.mark.proof(one_in=4)
@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        (["MATCH (n) SET n.x = 1"], "", 3),
        (["RETURN 1 AS a; RETURN 2 AS b"], "", 3),
        (["RETURN $x AS x"], "", 3),
        ([":schema Nobody"], "", 2),
        ([""], "", 3),
        ([], "", 2),
        ([], "// nothing", 2),
        ([], b"RETURN '\xff'", 2),
        (["--file", "no-such-file"], "", 2),
        (["RETURN 1", "--file", "x"], "", 2),
        (["RETURN $x AS x", "--param", "x"], "", 2),
        (["RETURN $x AS x", "--param", "x=1", "--param", "x=2"], "", 2),
        (["RETURN $x AS x", "--param-file", "no-such-file"], "", 2),
        (["-o", "x.csv"], "RETURN 1 AS a; RETURN 2 AS b", 2),
    ],
)
def test_what_cannot_be_run_is_one_sentence_and_an_exit_code(
    ask: Ask, arguments: list[str], given: str | bytes, code: int
) -> None:
    done = ask(*arguments, given=given)
    found, out, err = told(done)
    assert (found, out) == (code, "")
    assert err.startswith("error: ")
    assert err.count("\n") <= 3
    assert "bug" not in err


def test_without_a_market_the_command_that_makes_one_is_named(ask: Ask, tmp_path: Path) -> None:
    code, out, err = told(ask("RETURN 1 AS one", "-w", tmp_path))
    assert (code, out) == (5, "")
    assert "graphvine data snapshot" in err


@pytest.mark.proof
def test_parameters_are_data(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"city": "北京", "ids": ["U1", "U2"]}', "utf-8")
    query = "MATCH (p:Person) WHERE p.id IN $ids AND p.city = $city RETURN p.id AS id"
    assert ask(query, "--param-file", tmp_path / "p.json").out == "id\nU2\n"
    assert ask(query, "--param-file", tmp_path / "p.json", "--param", "city=上海").out == "id\nU1\n"
    assert ask("RETURN $x AS x", "-p", "x='}) SET n.x = 1 //").out == "x\n'}) SET n.x = 1 //\n"
    assert ask("RETURN $x + 1 AS x", "-p", "x=41").out == "x\n42\n"
    assert ask("RETURN $x AS x", "-p", "x=007").out == "x\n007\n"


@pytest.mark.proof
def test_a_cap_is_told_on_stderr(ask: Ask) -> None:
    assert told(ask("UNWIND range(1, 9) AS n RETURN n", "-n", "2")) == (
        0,
        "n\n1\n2\n",
        "note: only the first 2 rows are shown; a higher --limit shows more\n",
    )
    assert told(ask("UNWIND range(1, 2) AS n RETURN n", "-n", "2")) == (0, "n\n1\n2\n", "")


@pytest.mark.proof
def test_a_file_of_queries_is_run_and_a_result_is_written_whole(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "q.cypher").write_text("\ufeffRETURN '上海' AS city;\n", "utf-8")
    assert ask("--file", tmp_path / "q.cypher").out == "city\n上海\n"
    assert told(ask("--file", tmp_path / "q.cypher", "-o", tmp_path / "out.json")) == (0, "", "")
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == [{"city": "上海"}]


def test_export_writes_all_rows_of_a_result_that_was_cut(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "all rows.csv"
    script = f"UNWIND range(1, 25) AS n RETURN n;\n:export '{file}'\n:export {tmp_path / 'x.nonsense'}"
    code, out, err = told(ask("-n", "2", "--keep-going", given=script))
    assert (code, out) == (2, "n\n1\n2\n")
    assert file.read_text() == "n\n" + "".join(f"{n}\n" for n in range(1, 26))
    assert f"wrote {file} (25 rows)" in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all rows.csv"]


def test_commands_work_in_a_script(ask: Ask) -> None:
    script = """\
:queries referr
:mode jsonl
:run person-timeline person=U1 limit=1
:explain MATCH (p:KOL) RETURN p.id AS id;
:timer on
RETURN 1 AS a;
:exit
RETURN 'never run' AS b
"""
    code, out, err = told(ask(given=script))
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "name,purpose"
    assert any(line.startswith("referrals,") for line in lines)
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    assert list(rows[0]) == [column.name for column in load("person-timeline").columns]
    assert rows[-1] == {"a": 1}
    assert "never run" not in out
    assert err.splitlines()[-1].endswith(" s")


def run_apart(program: str, *arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


PROBE = (
    "import sys; from cli.app import run_command; code = run_command(sys.argv[1:]);"
    "print(sorted({'prompt_toolkit', 'kglite', 'numpy', 'duckdb'} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
)


def test_help_loads_nothing_of_the_shell() -> None:
    done = run_apart(PROBE, "cypher", "--help")
    assert (done.returncode, done.stderr) == (0, "[]\n")


@pytest.mark.proof
def test_a_pipe_in_a_process_of_its_own(planted: Path) -> None:
    done = run_apart(PROBE, "cypher", "-w", planted, given="RETURN '上海' AS city;")
    assert (done.returncode, done.stdout) == (0, "city\n上海\n")
    assert "kglite" not in done.stderr
