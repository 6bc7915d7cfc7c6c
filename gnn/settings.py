"""Settings of the network and of its training."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NetworkSettings(BaseModel):
    """How the network is built and trained; the defaults were chosen on validation periods of synthetic markets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(64, ge=1, description="Length of the vectors of people and things.")
    layers: int = Field(1, ge=0, description="Convolutions of things through people and back.")
    windows: int = Field(7, ge=1, description="Training episodes: cuts, each with the answers of the window after it.")
    epochs: int = Field(40, ge=1, description="Most passes over the episodes.")
    patience: int = Field(6, ge=1, description="Passes without a better validation result after which it stops.")
    batch: int = Field(512, ge=1, description="People in a step; fewer where there are many items.")
    people: int = Field(8192, ge=1, description="People drawn in one pass; all of them where there are not more.")
    rate: float = Field(0.01, gt=0, description="Step size of AdamW for weights of relations, ties and heads.")
    table_rate: float = Field(0.003, gt=0, description="Step size of AdamW for tables: item biases.")
    decay: float = Field(0.03, ge=0, description="Weight decay of the tables.")
    weaker: float = Field(0.3, ge=0, description="Weight in the loss of events of weaker relations; 0 leaves them out.")
    hide: float = Field(0.1, ge=0, lt=1, description="Share of things whose own vectors a step leaves out.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of each person's vector that a step leaves out.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where to train; auto takes a GPU if there is one."
    )
