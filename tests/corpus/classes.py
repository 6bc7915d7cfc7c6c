"""The fault classes of real exports: one list of what goes wrong in files, and of what each row must then become.

The truth comes from the data contract, not from the loader: a row is loaded as it is, loaded with a change that is
listed, a duplicate, an update, or in quarantine for a named reason; a file that is no table is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.corpus import file_faults as faults_files
from tests.corpus import id_faults as faults_ids
from tests.corpus import record_faults as faults_records
from tests.corpus import text_faults as faults_text
from tests.corpus import value_faults as faults_values
from tests.corpus.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *faults_text.DAMAGE,
    *faults_text.QUOTES,
    *faults_text.CHARACTERS,
    *faults_ids.IDS,
    *faults_values.NUMBERS,
    *faults_values.TIMES,
    *faults_ids.WORDS,
    *faults_records.CELLS,
    *faults_records.EXTRAS,
    *faults_records.REPEATS,
    *faults_records.JSON,
    *faults_files.ENCODINGS,
    *faults_files.DIALECTS,
    *faults_files.PACKED,
    *faults_files.BROKEN,
)
BY_NAME: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in FAULTS})
