"""The whole job over a workspace, one module for each of its steps, and the steps in order.

This is where the rooms meet: a module here takes a ``Workspace``, calls the rooms, and keeps what they return. Only the
command line and the front door for notebooks import it.
"""
