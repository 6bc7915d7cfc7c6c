"""The shape of the EV-retail market."""

from __future__ import annotations

from graph.worlds.ev.files import FILES, HEAD, export
from graph.worlds.ev.words import INTERESTS, KOL_STYLES
from graph.worlds.parameters import EvRetail
from graph.worlds.recipe import Recipe
from graph.worlds.shape import Relation, Shape, caused
from graph.worlds.stages.seasons import Calendar, Sale

SHAPE = Shape(
    interests=INTERESTS,
    kinds=("product", "vehicle", "topic"),
    main="product",
    relations=(
        Relation("viewed_product", "product", 0.40, view="viewed_product"),
        Relation("viewed_vehicle", "vehicle", 0.15, view="viewed_vehicle"),
        Relation("searched_topic", "topic", 0.17),
        Relation("favourited_vehicle", "vehicle", 0.05, view="viewed_vehicle", adoption=True, spreads=True),
        Relation("bought_product", "product", 0.18, view="viewed_product", adoption=True, spreads=True),
        Relation(
            "test_drove_vehicle", "vehicle", 0.03, view="viewed_vehicle", adoption=True, spreads=True, once="item"
        ),
        Relation("bought_vehicle", "vehicle", 0.02, view="viewed_vehicle", adoption=True, spreads=True, once="ever"),
    ),
    caused=caused(
        product=(("bought_product", 1.0),), vehicle=(("test_drove_vehicle", 0.25), ("favourited_vehicle", 0.75))
    ),
    promoted="vehicle",
    mentioned="topic",
    calendars=(Calendar(sales=(Sale(11, 1, 11, 2.2, 5.0), Sale(6, 1, 18, 1.7, 4.0), Sale(12, 10, 12, 1.4, 2.0))),),
    kol_styles=KOL_STYLES,
    kol_english="EV Diary",
)

RECIPE = Recipe("ev-retail", SHAPE, EvRetail(), FILES, HEAD, export)
