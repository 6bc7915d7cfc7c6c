"""Credentials: where they come from, which files are refused, and that no sentence holds a password."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.neo4j import read_access, read_credentials
from cli.settings import read_settings
from graph.errors import ConfigError, GraphvineError, PrerequisiteError
from graph.store.neo4j.access import Access
from graph.workspace.settings import Neo4jSettings

SECRET = "s3cret=\"'# 密码"
ADDRESS = "bolt://graph.example:7687"


def credentials(folder: Path, text: str, mode: int = 0o600) -> Neo4jSettings:
    file = folder / "credentials"
    file.write_text(text, "utf-8")
    file.chmod(mode)
    return Neo4jSettings(credentials="credentials")


def said(error: GraphvineError) -> str:
    assert SECRET not in error.message + error.hint
    return error.message


def test_the_environment_alone(tmp_path: Path) -> None:
    found = read_access(Neo4jSettings(), folder=tmp_path, environment={"NEO4J_PASSWORD": SECRET})
    assert found == Access("bolt://localhost:7687", "neo4j", SECRET, "neo4j")
    everything = {
        "NEO4J_URI": ADDRESS, "NEO4J_USERNAME": "ann", "NEO4J_PASSWORD": SECRET, "NEO4J_DATABASE": "shop"
    }  # fmt: skip
    assert read_access(Neo4jSettings(), folder=tmp_path, environment=everything) == Access(
        ADDRESS, "ann", SECRET, "shop"
    )


def test_the_process_s_own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_DATABASE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("NEO4J_PASSWORD", SECRET)
    assert read_access(Neo4jSettings(uri=ADDRESS), folder=tmp_path).uri == ADDRESS


def test_environment_then_file_then_settings(tmp_path: Path) -> None:
    settings = credentials(tmp_path, f"NEO4J_PASSWORD={SECRET}\nNEO4J_USERNAME=filed\n").model_copy(
        update={"uri": ADDRESS, "username": "set", "database": "set"}
    )
    assert read_access(settings, folder=tmp_path, environment={}) == Access(ADDRESS, "filed", SECRET, "set")
    given = {"NEO4J_USERNAME": "given", "NEO4J_DATABASE": "given"}
    assert read_access(settings, folder=tmp_path, environment=given) == Access(ADDRESS, "given", SECRET, "given")


def test_the_file_that_neo4j_s_services_hand_out(tmp_path: Path) -> None:
    text = (
        "\ufeff# Wait 60 seconds before connecting using these details\r\n"
        "NEO4J_URI=neo4j+s://abc.databases.example\r\nNEO4J_USERNAME='neo4j'\r\n"
        f'NEO4J_PASSWORD="{SECRET}"\r\n\r\nAURA_INSTANCEID=abc\r\n'
    )
    found = read_access(credentials(tmp_path, text), folder=tmp_path, environment={})
    assert found == Access("neo4j+s://abc.databases.example", "neo4j", SECRET, "neo4j")


def test_a_file_that_a_shell_reads_as_well(tmp_path: Path) -> None:
    text = f"export NEO4J_URI={ADDRESS}\n  export NEO4J_PASSWORD='{SECRET}'\nexported=1\n"
    found = read_access(credentials(tmp_path, text), folder=tmp_path, environment={})
    assert (found.uri, found.password) == (ADDRESS, SECRET)


def test_a_file_without_a_password_is_named(tmp_path: Path) -> None:
    settings = credentials(tmp_path, f"NEO4J_URI={ADDRESS}\nPASSWORD={SECRET}\n")
    with pytest.raises(PrerequisiteError, match=r"no password for Neo4j at \S+, and none in \S+credentials") as caught:
        read_access(settings, folder=tmp_path, environment={})
    said(caught.value)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604, 0o601, 0o620])
def test_a_file_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    settings = credentials(tmp_path, f"NEO4J_PASSWORD={SECRET}\n", mode)
    with pytest.raises(ConfigError, match=f"is open to others \\(mode {mode:03o}\\)") as caught:
        read_access(settings, folder=tmp_path, environment={})
    assert "chmod 600" in caught.value.hint
    said(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_can_read_is_taken(mode: int, tmp_path: Path) -> None:
    settings = credentials(tmp_path, f"NEO4J_PASSWORD={SECRET}\n", mode)
    assert read_access(settings, folder=tmp_path, environment={}).password == SECRET


def test_the_file_is_not_looked_at_where_the_password_is_given(tmp_path: Path) -> None:
    settings = credentials(tmp_path, f"NEO4J_PASSWORD={SECRET}\n", 0o644)
    assert read_access(settings, folder=tmp_path, environment={"NEO4J_PASSWORD": "given"}).password == "given"


def test_a_password_is_not_sent_to_another_server(tmp_path: Path) -> None:
    settings = credentials(tmp_path, f"NEO4J_URI={ADDRESS}\nNEO4J_PASSWORD={SECRET}\n")
    with pytest.raises(ConfigError, match="NEO4J_URI names another server") as caught:
        read_access(settings, folder=tmp_path, environment={"NEO4J_URI": "bolt://elsewhere"})
    said(caught.value)
    assert read_access(settings, folder=tmp_path, environment={"NEO4J_URI": ADDRESS}).uri == ADDRESS


def test_a_password_belongs_to_the_server_of_the_settings_where_the_file_names_none(tmp_path: Path) -> None:
    file = credentials(tmp_path, f"NEO4J_PASSWORD={SECRET}\n").credentials
    settings = Neo4jSettings(uri=ADDRESS, credentials=file)
    with pytest.raises(ConfigError, match="NEO4J_URI names another server") as caught:
        read_access(settings, folder=tmp_path, environment={"NEO4J_URI": "bolt://elsewhere"})
    said(caught.value)
    assert read_access(settings, folder=tmp_path, environment={"NEO4J_URI": ADDRESS}).uri == ADDRESS
    # Where nobody has said which server is meant, the environment says it.
    unsaid = Neo4jSettings(credentials=file)
    assert read_access(unsaid, folder=tmp_path, environment={"NEO4J_URI": ADDRESS}).uri == ADDRESS


def test_nothing_given(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no password for Neo4j at bolt://localhost:7687") as caught:
        read_access(Neo4jSettings(), folder=tmp_path, environment={"NEO4J_PASSWORD": ""})
    assert "NEO4J_PASSWORD" in caught.value.hint
    with pytest.raises(PrerequisiteError, match="there is no file"):
        read_access(Neo4jSettings(credentials="none"), folder=tmp_path, environment={})


def test_files_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_credentials(tmp_path / "folder")
    (tmp_path / "latin").write_bytes(b"NEO4J_PASSWORD=\xe9\xff\n")
    (tmp_path / "latin").chmod(0o600)
    with pytest.raises(ConfigError, match="it is not in UTF-8"):
        read_credentials(tmp_path / "latin")
    credentials(tmp_path, f"# mine\n{SECRET.replace('=', '')}\n")
    with pytest.raises(ConfigError, match="line 2 is not NAME=value") as caught:
        read_credentials(tmp_path / "credentials")
    assert "s3cret" not in caught.value.message + caught.value.hint
    (tmp_path / "large").write_bytes(b"#" * (1 << 20))
    (tmp_path / "large").chmod(0o600)
    with pytest.raises(ConfigError, match="is not a file of credentials"):
        read_credentials(tmp_path / "large")


@pytest.mark.parametrize(
    "text", [f"[neo4j]\npassword = '{'x' + SECRET[:6]}'\n", "[neo4j]\nuri = 'bolt://neo4j:s3cret@localhost'\n"]
)
def test_a_password_is_no_setting(text: str, tmp_path: Path) -> None:
    file = tmp_path / "graphvine.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="a password for Neo4j is not a setting") as caught:
        read_settings(file, {})
    assert "s3cret" not in caught.value.message + caught.value.hint
    with pytest.raises(ConfigError, match="a password for Neo4j is not a setting"):
        read_settings(tmp_path / "none.toml", {"GRAPHVINE_NEO4J__PASSWORD": SECRET})


def test_the_section_and_the_variables_of_the_tests(tmp_path: Path) -> None:
    file = tmp_path / "graphvine.toml"
    file.write_text(f"[neo4j]\nuri = '{ADDRESS}'\ncredentials = 'secret.env'\n")
    found = read_settings(file, {"GRAPHVINE_NEO4J__DATABASE": "shop", "GRAPHVINE_NEO4J_VERSION": "2026.05.0"}).neo4j
    assert (found.uri, found.database, found.credentials) == (ADDRESS, "shop", "secret.env")


def test_the_driver_s_warnings_are_not_for_the_terminal() -> None:
    code = (
        "import logging, sys; log = logging.getLogger('neo4j.pool'); log.warning('before');"
        "import cli.neo4j; log.warning('after')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "before\n"
    assert done.stdout == ""


def test_reading_credentials_imports_no_driver(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cli.neo4j import read_access;"
        "from graph.workspace.settings import Neo4jSettings;"
        "read_access(Neo4jSettings(), folder=Path(), environment={'NEO4J_PASSWORD': 'x'});"
        "print([m for m in ('neo4j', 'pandas', 'numpy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
