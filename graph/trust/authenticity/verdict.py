"""The verdict on each account: how likely it is bought or a member of a pod, and why, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.costly_acts import committed_people
from graph.hetero import HeteroGraph
from graph.schema import PERSON
from graph.text import Int64
from graph.trust.authenticity.bought import Bought, fit_bought
from graph.trust.authenticity.bursts import Bursts, find_bursts
from graph.trust.authenticity.follower_ties import Float64, FollowerTies, gather_ties
from graph.trust.authenticity.pods import Pods, find_pods
from graph.trust.authenticity.twins import count_twins

# Evidence is named as a reason where it makes being bought at least twice as likely.
_WORTH_NAMING = np.log(2.0)
_MEMBER = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Authenticity:
    """Verdicts on all n people.

    Attributes:
        probability: float64 (n,), bought or a member of a pod. 0 for people who follow no promoted account: nobody can
            have bought them.
        bought: float64 (n,), bought as a follower.
        pod: float64 (n,), member of an engagement pod; NaN where no reactions to any account that the person follows
            are known, so that it is unknown. ``probability`` is that of being bought alone there.
        ties, bursts, mixture, pods, twins: What the verdicts were made from.
    """

    probability: Float64
    bought: Float64
    pod: Float64
    ties: FollowerTies
    bursts: Bursts
    mixture: Bought
    pods: Pods
    twins: Int64 | None

    def reasons(self, person: int) -> list[str]:
        """Why an account is suspected, strongest evidence first; empty where nothing speaks against it.

        Args:
            person: Number of the person.
        """
        found = [(float(self.mixture.evidence[kind][person]), kind) for kind in self.mixture.evidence]
        against = sorted((e for e in found if e[0] >= _WORTH_NAMING), reverse=True)
        said = [self._sentence(kind, person) for _, kind in against] if self.probability[person] > 0 else []
        return [*self._pod_sentence(person), *said]

    def _pod_sentence(self, person: int) -> Iterator[str]:
        if self.pods.probability[person] < _MEMBER:
            return
        group = int(self.pods.group[person])
        others = np.count_nonzero((self.pods.group == group) & (self.pods.probability >= _MEMBER)) - 1
        yield (
            f"reacted {self.pods.reactions[person]:,.0f} times to {len(self.pods.accounts[group])} accounts, where a "
            f"follower would {self.pods.expected[person]:,.1f} times, and so did {others:,} others who follow the same "
            "accounts"
        )

    def _sentence(self, kind: str, person: int) -> str:
        ties = self.ties
        own = ties.person == person
        if kind == "silence":
            seen = np.count_nonzero(own & ties.observed)
            return (
                f"never reacts: no reaction to {seen:,} followed accounts whose reactions are known, where "
                f"{self.mixture.expected[person]:,.1f} are expected"
            )
        if kind == "idleness":
            return f"never buys, saves, searches or rates, as {self.mixture.idle_share:.0%} of real followers"
        if kind == "sign-up":
            return f"signed up within two days of {self.mixture.batch[person]:,.0f} other suspected accounts"
        if kind == "company":
            twins = 0 if self.twins is None else int(self.twins[person])
            return f"follows nearly the same accounts as {twins:,} others"
        inside = own & (self.bursts.burst >= 0)
        crowd = int(self.bursts.others[inside].max(initial=0))
        return (
            f"joined in one night: came to {np.count_nonzero(inside):,} of {np.count_nonzero(own & ties.promoted):,} "
            f"followed accounts within twelve hours of many others, of one with {crowd:,} where "
            f"{float(self.bursts.expected[inside & (self.bursts.others == crowd)].max(initial=0.0)):,.1f} are expected"
        )


def judge(graph: HeteroGraph, *, reactions_known: npt.ArrayLike) -> Authenticity:
    """Judge everybody in a market; the same market gives the same verdicts.

    Args:
        graph: The market.
        reactions_known: bool (n,), accounts whose reactions were exported, such as
            ``Audience.coverage.reactions``. Those to all others are unknown and count neither for nor against anybody.

    Raises:
        DataError: ``reactions_known`` has another length than there are people.
    """
    ties = gather_ties(graph, known=reactions_known)
    bursts, twins, pods = find_bursts(ties), count_twins(ties), find_pods(ties)
    committed, knows_costly = committed_people(graph)
    signup = graph.nodes[PERSON].columns.get("signup") if PERSON in graph.nodes else None
    mixture = fit_bought(
        ties,
        bursts,
        committed=committed if knows_costly else None,
        signup=signup if isinstance(signup, np.ndarray) else None,
        twins=twins,
    )
    pod = np.where(pods.known, pods.probability, np.nan)
    probability = 1.0 - (1.0 - mixture.probability) * (1.0 - pods.probability)
    return Authenticity(probability, mixture.probability, pod, ties, bursts, mixture, pods, twins)
