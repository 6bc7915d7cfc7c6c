"""``python -P -m cli`` is the same as the script; -P keeps Python from importing files of the current folder."""

from cli.app import main

main()
