"""Forms of recommenders as JSON values, kept with a model so that its voters can be fitted again as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from graph.errors import ModelError
from graph.recommend.base import Recommender
from graph.recommend.registry import voter_of


def form_of(recommender: Recommender, kind: str) -> dict[str, Any]:
    """The form of a recommender: its name, the kind of what it fits, and its settings.

    The settings are None where they are no JSON values, as those of a network, whose fitted form needs none of them.
    """
    given: Any = recommender
    settings = {part.name: getattr(given, part.name) for part in fields(given)} if is_dataclass(given) else None
    try:
        json.dumps(settings, allow_nan=False)
    except (TypeError, ValueError):
        settings = None
    return {"name": recommender.name, "kind": kind, "settings": settings}


def recommender_of(form: Mapping[str, Any]) -> Recommender:
    """The recommender of a form.

    Raises:
        ModelError: the form has no settings, or this version has no such recommender.
    """
    recommender = voter_of(form["kind"]).recommender
    if recommender is None or form["settings"] is None:
        raise ModelError(
            f"the voter {form['name']} can neither be refreshed nor fitted again as it was",
            hint="train anew: graphvine model train",
        )
    try:
        return recommender(**form["settings"])
    except TypeError as error:
        raise ModelError(
            f"the voter {form['name']} has other settings in this version: {error}",
            hint="train anew: graphvine model train",
        ) from None
