"""``python -P -m cli``: the same as the script; -P keeps files of the current folder from being taken for ours."""

from cli.app import main

main()
