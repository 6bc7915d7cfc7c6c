"""The shell under a pseudo-terminal, as a person meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.utils import get_cwidth

pytestmark = pytest.mark.proof(one_in=4)

pexpect = pytest.importorskip("pexpect")

ENTER, TAB, UP, CTRL_C, CTRL_D, ALT_ENTER = "\r", "\t", "\x1b[A", "\x03", "\x04", "\x1b\r"
LONG = "UNWIND $many AS x UNWIND $many AS y WITH x, y WHERE x * y = -1 RETURN count(*) AS n;"
# Nine columns of a million turns each, in which the engine does not look at its clock.
_TURNS = "size([x IN l WHERE any(y IN l WHERE x * y = -{0})]) AS n{0}"
DEAF = "WITH range(1, 1000) AS l RETURN " + ", ".join(_TURNS.format(n) for n in range(1, 10)) + ";"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>()][0-9A-B]?")


class Person:
    """Somebody at a terminal, who types and reads."""

    def __init__(self, workspace: Path, *arguments: str, columns: int = 100) -> None:
        # Without the wish for cursor positions, which nothing here would answer.
        # A size in the environment, as test runners set one, would go before that of the terminal.
        plain = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        env = {**plain, "TERM": "xterm", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}
        command = ["-P", "-m", "cli", "cypher", "-w", str(workspace), *arguments]
        self.child = pexpect.spawn(
            sys.executable, command, env=env, dimensions=(50, columns), timeout=40, encoding="utf-8"
        )
        self.read = ""
        self.sees("lists the commands")
        self.sees("graphvine>")

    def types(self, *keys: str) -> Person:
        """Press keys."""
        for key in keys:
            self.child.send(key)
        return self

    def sees(self, text: str) -> str:
        """Wait for a text, and give what came before it."""
        self.child.expect_exact(text)
        self.read += self.child.before + text
        return str(self.child.before)

    def asks(self, statement: str, answer: str) -> str:
        """Type a statement, wait for the answer and then for the prompt; what was printed in between."""
        self.types(statement, ENTER)
        self.sees("\r\n")
        before = self.sees(answer)
        return before + answer + self.sees("graphvine>")

    def leaves(self) -> int:
        """Wait for the end; the exit code."""
        self.child.expect(pexpect.EOF)
        self.read += str(self.child.before)
        self.child.wait()
        return int(self.child.exitstatus)

    @property
    def lines(self) -> list[str]:
        """What was printed, without escapes."""
        return _ESCAPES.sub("", self.read).replace("\r", "").split("\n")


@pytest.fixture
def sit(own: Path) -> Iterator[Callable[..., Person]]:
    """Begin a shell; all are ended with the test."""
    people: list[Person] = []

    def begun(*arguments: str, columns: int = 100) -> Person:
        people.append(Person(own, *arguments, columns=columns))
        return people[-1]

    yield begun
    for person in people:
        person.child.close(force=True)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Parameters that make a query long."""
    file = tmp_path / "many.json"
    file.write_text(json.dumps({"many": list(range(1, 400_001))}))
    return file


def test_statements_of_several_lines_and_in_chinese(sit: Callable[..., Person]) -> None:
    person = sit()
    person.types("MATCH (p:Person)", ENTER, "WHERE p.city = '上海'", ENTER)
    person.asks("RETURN p.name AS name, p.id AS id ORDER BY id;", "2 rows")
    assert any(re.fullmatch(r"李雷  U1\s*", line) for line in person.lines)
    person.types("RETURN 'a;", ENTER, "b' AS x,", ENTER, "/* ; */ 40 +", ENTER)
    assert "42" in person.asks("2 AS n;", "1 row")
    person.types("RETURN 1 + 1", ALT_ENTER)
    assert "\r\n8\r\n" in person.asks("+ 6 AS n;", "1 row")
    person.asks("RETURN 1 AS a; RETURN 3 AS b;", "b\r\n3\r\n")
    person.types(CTRL_D)
    assert person.leaves() == 0


def test_a_mistake_is_a_sentence_and_the_shell_goes_on(sit: Callable[..., Person]) -> None:
    person = sit()
    person.asks("MATCH (n) SET n.x = 1;", "error: SET is refused")
    person.asks(":nonsense", "error: there is no command :nonsense")
    person.asks(":mode nonsense", "error: :mode takes table or csv")
    person.asks(":run nonsense", "error: there is no query named 'nonsense'")
    told = person.asks("RETURN 1 AS a; RETURN $b AS b; RETURN 3 AS c;", "statement after it was not run")
    assert "error: " in told
    assert "Traceback" not in person.read
    person.types(":exit", ENTER)
    assert person.leaves() == 0


def test_tab_completes_names_of_every_kind(sit: Callable[..., Person]) -> None:
    person = sit()
    for begun, whole in (
        ("MATCH (v:Veh", "Vehicle"),
        (")<-[e:VIE", "VIEWED"),
        ("]-(p:Per", "Person"),
        (") RET", "RETURN"),
        (" v.bra", "brand"),
        (" AS b, e.wei", "weight"),
    ):
        person.types(begun)
        person.sees(begun[-3:])
        person.types(TAB)
        person.sees(whole[-2:])
    person.asks(" AS w ORDER BY w;", "2 rows")
    assert any(re.fullmatch(r"青禾  15\s*", line) for line in person.lines)
    person.types(":sch")
    person.sees(":sch")
    person.types(TAB)
    person.sees("ema")
    person.asks(" FOLLOWS", "(:Person)-[:FOLLOWS]->(:Person)")
    person.types(":run person-time")
    person.sees("time")
    person.types(TAB)
    person.sees("line")
    person.types(" per")
    person.sees("per")
    person.types(TAB)
    person.sees("son=")
    person.asks("U1", "rows")


@pytest.mark.proof
def test_ctrl_c_stops_the_query_and_nothing_else(sit: Callable[..., Person], many: Path) -> None:
    person = sit("--param-file", str(many), columns=200)
    person.types(":param kept 41", ENTER)
    person.asks("RETURN 1 AS one;", "1 row")
    for query in (LONG, DEAF):
        person.types(query, ENTER)
        person.sees(query[-3:])
        time.sleep(0.8)
        person.types(CTRL_C)
        person.sees("cancelled")
        assert "42" in person.asks("RETURN $kept + 1 AS n;", "1 row")
    person.types("RETURN 'a line that is given up", CTRL_C)
    person.asks("RETURN 2 AS two;", "1 row")
    person.types(CTRL_D)
    assert person.leaves() == 0


def test_what_was_typed_is_kept_for_its_owner_only(sit: Callable[..., Person], own: Path) -> None:
    person = sit()
    person.asks("RETURN '重庆' AS city;", "1 row")
    person.types(CTRL_D)
    assert person.leaves() == 0
    history = own / "state" / "cypher-history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "重庆" in history.read_text("utf-8")
    later = sit()
    later.types(UP)
    later.sees("重庆")
    later.asks("", "1 row")


def test_a_shell_that_cannot_keep_its_history_says_so(sit: Callable[..., Person], own: Path) -> None:
    (own / "state").write_text("in the way")
    person = sit()
    assert "nothing typed here is kept" in person.read
    person.asks("RETURN 1 AS one;", "1 row")


def test_commands_and_formats(sit: Callable[..., Person], own: Path) -> None:
    person = sit("--param", "city=北京")
    person.asks(":params", '"北京"')
    person.asks("MATCH (p:Person {city: $city}) RETURN p.name AS name;", "韩梅梅")
    person.types(":timer on", ENTER, ":mode json", ENTER)
    assert re.search(r"[0-9.]+ s", person.asks("RETURN '上海' AS city;", " s\r\n"))
    assert ' "city": "上海"' in person.read
    person.types(":mode jsonl", ENTER)
    person.asks("RETURN '上海' AS city;", '{"city": "上海"}')
    person.types(":mode csv", ENTER, ":timer off", ENTER)
    person.asks("RETURN 'a,b' AS x;", '"a,b"')
    person.types(":mode table", ENTER, ":rows 2", ENTER, ":limit 4", ENTER)
    person.asks("UNWIND range(1, 9) AS n RETURN n;", "note: at least 2 more rows")
    file = own / "nine.jsonl"
    person.asks(f":export {file}", "(9 rows)")
    assert [json.loads(line)["n"] for line in file.read_text().splitlines()] == list(range(1, 10))
    person.asks(":queries friend", "friends-who-own")
    person.asks(":run person-timeline person=U1 limit=1", "1 row")
    person.asks(":explain MATCH (k:KOL) RETURN k.id AS id", "row")
    person.asks(":help", "Ctrl-D")
    person.types(":exit", ENTER)
    assert person.leaves() == 0


@pytest.mark.parametrize("columns", [60, 120])
def test_nothing_that_is_printed_is_wider_than_the_terminal(sit: Callable[..., Person], columns: int) -> None:
    person = sit(columns=columns)
    for statement, end in (
        (":schema", "weight"),
        (":help", "leave"),
        (":queries brand", "brand-funnel"),
        ("MATCH (a)-[r]->(b) RETURN a, r, b;", "5 rows"),
        ("MATCH (p:Person) RETURN p, p.name AS n;", "5 rows"),
    ):
        person.types(statement, ENTER)
        person.sees("\r\n")
        printed = _ESCAPES.sub("", person.sees(end)).replace("\r", "")
        assert max(map(get_cwidth, printed.split("\n"))) <= columns
        person.sees("graphvine>")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_polite_kill_ends_the_shell_and_its_engine(sit: Callable[..., Person]) -> None:
    person = sit()
    person.asks("RETURN 1 AS one;", "1 row")
    person.child.kill(signal.SIGTERM)
    assert person.leaves() == 130


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")
def test_a_shell_that_is_killed_leaves_no_engine_behind(sit: Callable[..., Person], many: Path) -> None:
    person = sit("--param-file", str(many), columns=200)
    person.asks("RETURN 1 AS one;", "1 row")
    shell = person.child.pid
    [engine] = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
    person.types(LONG, ENTER)
    person.sees("AS n;")
    time.sleep(0.5)
    person.child.kill(signal.SIGKILL)
    person.child.expect(pexpect.EOF)
    end = time.monotonic() + 60
    while Path(f"/proc/{engine}/status").exists() and "zombie" not in Path(f"/proc/{engine}/status").read_text():
        assert time.monotonic() < end
        time.sleep(0.1)
