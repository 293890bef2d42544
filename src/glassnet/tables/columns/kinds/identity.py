"""Columns that name or count rows rather than measure something: ids, keys and counters."""

from __future__ import annotations

import re
import shlex
import unicodedata

import numpy as np

from glassnet.tables.columns.kinds.judgment import Judgment
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.notation.cells import Cells
from glassnet.tables.table import Table

_ID_NAME = re.compile(
    r"(?:.*[_ .-])?(?:id|ids|uuid|guid)|index|row|row[_ .]?(?:names?|id|no|nr|number)|nr|no|column_1"
    r"|unnamed: 0(?:\.[0-9]+)?|(?:u?subj(?:ect)?|pat(?:ient)?|pt|case|record|sample|study|person|participant"
    r"|visit|specimen|episode|encounter)"
    r"[_ .-]?(?:id|ids|no|nr|num|number|code|key)\.?|u?subjid|patid|ptid|mrn|medical[_ .-]record[_ .-]number|ssn|nhs"
    r"[_ .-]?(?:no|number)|__index_level_[0-9]+__|(?:case|file|chart)[_ .-]?(?:no|nr|number)\.?"
)
_ID_IN_CAMEL_CASE = re.compile(r".*[a-z]I[dD]")
_INDIVIDUAL = (
    r"(?:u?subje(?:ct|kt)|participant|patient(?:en|in)?|paciente?|paziente|pasient|pacjenta?|pt|pat|case|record|sample"
    r"|study|person(?:en)?|visit|proband(?:en)?|versuchspersone?n?|vpn?|teilnehmer|fall|akten?|kranken|aufnahme|befund"
    r"|proben?|prov|sujet|sujeto|soggetto|individuo?|caso|cas|dossier|expediente|historia(?:[ _]clinica)?|cartella"
    r"|muestra|echantillon|campione|amostra|participante?|partecipante|prontuario|registro|пациента?|участника?|больного)"
)
_NUMBER = r"(?:ids?|no|nr|num|number|nummer|numer|numero|n|code|kode|codigo|codice|cod|key|kennung|номер|код)"
_ID_ELSEWHERE = re.compile(
    rf"{_INDIVIDUAL}s?[_ .-]?{_NUMBER}[.°]?"
    rf"|{_NUMBER}[.°]?[_ .-]*(?:(?:de|del|du|d|di|do|da|der|des)[_ .']+(?:la[_ ])?)?{_INDIVIDUAL}"
    r"|lfd[_ .-]*(?:nr|nummer)?\.?|lauf(?:ende)?[_ .-]*(?:nr|nummer)|.*(?:番号|编号|編號|번호|(?:患者|症例|病人)id)"
    r"|aktenzeichen|matricola|matricule|matrikelnummer|cpf|dni|nif|nir|bsn|cpr|pesel|personnummer|fodselsnummer"
    r"|henkilotunnus|sozialversicherungsnummer|versichertennummer|barcode|accession(?:[_ .-]?(?:no|nr|number))?"
)
"""Names of ids in other languages, without accents."""
_PERHAPS_ID = re.compile(
    rf"{_INDIVIDUAL}|nummer|numero|codigo|codice|code|kode|key|номер|код|.*(?:nummer|kennung|kennzeichen|identif[a-z]*)|[psu]id|пациент|患者|被験者|受试者"
)
"""Names that ids have among others: of an individual or a number, where no two rows are alike."""
_OF_TIME = re.compile(
    r"(?:.*[_ .-])?(?:t|time|day|days|week|weeks|month|months|year|years|hour|hours|minute|minutes|second|seconds|step|"
    r"period|date|age|epoch|dose|x|depth|distance|position)(?:[_ .-].*)?"
)
_ID_OF_ONE = re.compile(
    r"(?:.*[_ .-])?(?:u?subj(?:ect)?|pat(?:ient)?|pt|p|case|record|sample|study|person|participant|visit|specimen"
    r"|episode|encounter|row|unique|client|customer|user|member|employee|student|pupil|child|mother|father|baby|twin|pair|family"
    r"|household|donor|animal|mouse|mice|rat|dog|cat|cow|horse|pig|monkey|bird|fish|eye|lesion|tumou?r|nodule|image|scan"
    r"|slide|file|account|order|transaction|session|trial)[_ .-]?ids?"
)
_ID_OF_SOMETHING = re.compile(r".*[a-z0-9]+[_ .-]+ids?")
_THING = re.compile(
    r"(?:.*[_ .-])?(?:site|cent(?:er|re)|clinic|hospital|ward|dep(?:artmen)?t|unit|room|station|region|district|county"
    r"|country|state|city|species|genus|strain|breed|batch|lot|plate|scanner|device|machine|instrument|operator|observer"
    r"|rater|surgeon|physician|doctor|store|shop|plot|product|category|class|type|group)"
)
_THING_ID = re.compile(rf"{_THING.pattern}[_ .-]?(?:ids?|uuid|guid)")
_THING_NUMBER = re.compile(rf"{_THING.pattern}[_ .-](?:no|nr|num|number|code)\.?")
_ROWS_OF_A_THING, _ROWS_OF_A_CATEGORY, _MOST_CATEGORIES = 5, 20, 100
_FEW_IDS = 10
_BLOCKS = 2
"""In blocks, a value changes fewer times than there are values, times this."""
_FEW_BESIDE_A_COUNTER = 2  # a table of one input and a target keeps both
_FIRST_ROWS = 1000
_FEWEST_DRAWN = 30
_PAIRS_EXPECTED = 8.0
"""So many pairs of equal numbers that there should be by chance, and none is there: one in 3000 tables."""


def id_reason(name: str, cells: Cells, present: int) -> str:
    """Why the name of a column makes it an id, or an empty text."""
    if not _says_id(name):
        return ""
    distinct = cells.n_distinct()
    reason = f"its name says id, and it has {distinct} different values in {present} rows"
    if repeats_as_ids_do(name, cells, present):
        together = f"if rows of one {name} are alike, keep them together: groups={name!r}, --groups {shlex.quote(name)}"
        return f"{reason}; {together}"
    return reason if distinct == present > 2 else ""


def numbers_without_repeats(table: Table, name: str, known: np.ndarray) -> Judgment | None:
    """Whole numbers without repeats although chance would repeat some, like ids; otherwise None.

    Amounts between a lowest and a highest one fall on ``n (n - 1) / 2 / (highest - lowest + 1)`` pairs of equal ones at
    least, whatever their distribution. Where such a column is sorted and stands at either edge of the table, it is left
    out; elsewhere a person is asked. Names of times and places count on without being ids.
    """
    if len(known) < _FEWEST_DRAWN or len(table.names) <= _FEW_BESIDE_A_COUNTER or _OF_TIME.fullmatch(name.lower()):
        return None
    if _PERHAPS_ID.fullmatch(_plain(name)) and len(np.unique(known)) == len(known):
        sentence = f"its name may say id, and no two of its {len(known)} numbers are alike"
        return Judgment("integer", left_out=f"{sentence}; declare it integer if it is an amount")
    low, high = float(known.min()), float(known.max())
    pairs = len(known) * (len(known) - 1) / 2 / (high - low + 1)
    if pairs < _PAIRS_EXPECTED or len(np.unique(known)) < len(known):
        return None
    steps = np.diff(known)
    if abs(steps[0]) > 1 and bool((steps == steps[0]).all()):  # a grid, as of wavelengths
        return None
    sentence = (
        f"no two of its {len(known)} whole numbers are alike, as with ids (chance would repeat about {pairs:.0f})"
    )
    if name == table.names[0] and bool((steps > 0).all() or (steps < 0).all()):
        return Judgment("integer", left_out=f"{sentence}, and they are sorted; declare it integer if it is an amount")
    note = f"{sentence}; declare it left_out if it is one"
    return Judgment("integer", note=note, proposals=(Proposal(f"{sentence}. Is it an id?", ("left_out", "integer")),))


def repeats_as_ids_do(name: str, cells: Cells, present: int) -> bool:
    """Whether the name of a column means an id, and many of its values occur in more than one row."""
    return _says_id(name) and _FEW_IDS < cells.n_distinct() < present


def names_categories(name: str, cells: Cells, present: int) -> bool:
    """Whether an id repeats like a category: that of a site or a batch, or any with many scattered rows.

    The id of a patient, an animal or an image never does, nor one that comes in blocks, like the visits of a patient.
    """
    plain = _words(name)
    known = bool(_THING_ID.fullmatch(plain) or _THING_NUMBER.fullmatch(plain))
    if not known and (not _ID_OF_SOMETHING.fullmatch(plain) or _ID_OF_ONE.fullmatch(plain)):
        return False
    distinct = cells.n_distinct()
    most = min(_MOST_CATEGORIES, present // (_ROWS_OF_A_THING if known else _ROWS_OF_A_CATEGORY))
    return 1 < distinct <= most and (known or not _in_blocks(cells, distinct))


def as_categories(name: str, cells: Cells) -> Judgment:
    """The judgment for ids that are categories, with the question whether they should be inputs at all."""
    distinct = cells.n_distinct()
    word = "id" if _THING_ID.fullmatch(_words(name)) or _says_id(name) else "number"
    ask = f"its name says {word}, but its {distinct} values repeat as those of a category do"
    note = f"{ask}, so it is treated as one; declare it left_out if it is not to be an input"
    return Judgment("category", note=note, proposals=(Proposal(f"{ask}. Is it an input?", ("category", "left_out")),))


def _says_id(name: str) -> bool:
    """Whether a name is typical of ids."""
    return bool(
        _ID_NAME.fullmatch(name.lower()) or _ID_IN_CAMEL_CASE.fullmatch(name) or _ID_ELSEWHERE.fullmatch(_plain(name))
    )


def _plain(name: str) -> str:
    """A name in lowercase without accents, with full-width letters normalized."""
    apart = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).replace("ø", "o")


def _words(name: str) -> str:
    """A name in lowercase, with an underscore between words that were separated only by a capital."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _in_blocks(cells: Cells, distinct: int) -> bool:
    """Whether rows of the same value are adjacent, like those of one patient in a list of visits."""
    codes = cells.codes(list(cells.level_counts()))
    return int((codes[1:] != codes[:-1]).sum()) < _BLOCKS * distinct


def counter_reason(table: Table, name: str, values: np.ndarray) -> str:
    """Why a column is a row number, or an empty text; if rows are sorted by target, it would give the target away."""
    if len(table.names) <= _FEW_BESIDE_A_COUNTER or len(values) <= _FEW_IDS:
        return ""
    if name != table.names[0] and _OF_TIME.fullmatch(name.lower()):
        return ""
    first = values[0]
    step = 1 if first in (0, 1) else -1
    if values[-1 if step < 0 else 0] not in (0, 1) or not all(
        np.array_equal(part, first + step * np.arange(len(part))) for part in (values[:_FIRST_ROWS], values)
    ):
        return ""
    return f"it counts the rows, from {first:.0f} to {values[-1]:.0f}"
