"""The whole job over a workspace, one module for each of its steps, and the steps in order.

A module here takes a ``Workspace``, calls the packages of analyses and stores, and keeps what they return. Only the
command line and graphvine.py (for notebooks) import it.
"""
