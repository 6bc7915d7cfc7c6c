"""All fault classes of real exports, each with the outcome that the data contract demands for a faulty record.

The expected outcome comes from the contract and not from the loader: a record is loaded unchanged, loaded with a listed
change, a duplicate, an update, or refused for a named reason; a file that is no table is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.corpus import file_faults, id_faults, number_faults, record_faults, text_faults, time_faults
from tests.corpus.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *text_faults.DAMAGE,
    *text_faults.QUOTES,
    *text_faults.CHARACTERS,
    *id_faults.IDS,
    *number_faults.NUMBERS,
    *time_faults.TIMES,
    *id_faults.WORDS,
    *record_faults.CELLS,
    *record_faults.EXTRAS,
    *record_faults.REPEATS,
    *record_faults.JSON,
    *file_faults.ENCODINGS,
    *file_faults.DIALECTS,
    *file_faults.PACKED,
    *file_faults.BROKEN,
)
BY_NAME: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in FAULTS})
