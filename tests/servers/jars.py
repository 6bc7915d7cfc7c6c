"""The jars of Neo4j Community, resolved from Maven Central and kept in the cache."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

from tests.servers.cache import cached
from tests.servers.needs import MissingError

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>graphvine.tests</groupId><artifactId>server</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
    <dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{version}</version></dependency>
  </dependencies>
</project>
"""
# The name changed in 2025.
_MAINS = ("org.neo4j.server.Neo4jCommunity", "org.neo4j.server.CommunityEntryPoint")
_TRIES = 2
_PATIENCE_S = 900


def jars(version: str) -> Path:
    """The folder with all jars of that version of the server.

    Raises:
        MissingError: there is no Maven, or the jars cannot be had.
    """
    return cached(f"neo4j-{version}", lambda folder: _resolve(version, folder))


def _resolve(version: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingError("there is no mvn on the PATH to fetch Neo4j's jars with")
    pom = folder / "pom.xml"
    pom.write_text(_POM.format(version=version), "utf-8")
    command = [maven, "-q", "-B", "-f", str(pom), _PLUGIN, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    for _ in range(_TRIES):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise MissingError(f"mvn did not end in {_PATIENCE_S} s while it fetched Neo4j {version}") from None
        if done.returncode == 0:
            break
    else:
        raise MissingError(f"mvn could not fetch Neo4j {version}: {(done.stdout + done.stderr).strip()[-600:]}")
    broken = [jar.name for jar in sorted(folder.glob("*.jar")) if not zipfile.is_zipfile(jar)]
    if broken:
        raise MissingError(f"mvn fetched broken jars of Neo4j {version}: {', '.join(broken[:5])}")
    main_class(folder)


def main_class(folder: Path) -> str:
    """The server's main class.

    Raises:
        MissingError: no jar of the folder holds one.
    """
    for jar in sorted(folder.glob("neo4j-server-*.jar")) + sorted(folder.glob("neo4j-*.jar")):
        with zipfile.ZipFile(jar) as archive:
            names = set(archive.namelist())
        for main in _MAINS:
            if main.replace(".", "/") + ".class" in names:
                return main
    raise MissingError(f"no main class of a Neo4j server in {folder}")
