"""The fault classes of real exports: one list of what goes wrong in files, and of what each row must then become.

The truth comes from the data contract, not from the loader: a row is loaded as it is, loaded with a change that is
listed, a duplicate, an update, or in quarantine for a named reason; a file that is no table is refused as a whole.
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
