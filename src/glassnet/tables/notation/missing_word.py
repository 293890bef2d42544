"""Words that mean "no value" in a column of numbers or dates, in the languages that tables are kept in."""

from __future__ import annotations

import re

MISSING_WORDS = frozenset(
    [
        *("nan", "null", "none", "nil", "na", "n/a", "n.a.", "n.a", "n / a", "nat", "\\n", "<na>", "<nan>", "<null>"),
        *("(null)", "[null]", "(blank)", "blank", "missing", "(missing)", "<missing>", "unknown", "unk", "unk.", "tbd"),
        *("not available", "not known", "not recorded", "not applicable", "not reported", "no data", "nodata"),
        *("not done", "not measured", "not given", "not stated", "refused", "declined", "unspecified", "not tested"),
        *("not performed", "test not performed", "not collected", "missing data", "no value", "unkn", "unkn.", "n\\a"),
        *("empty", "(empty)", "<empty>", "error", "err", "undefined", "-nan", "+nan", "nan()", "1.#ind", "-1.#ind"),
        *("1.#qnan", "na_real_", "na_integer_", "na_character_", "<unset>", "system.dbnull", "pd.na", "ｎａ", "ｎ／ａ"),
        *(
            "don't know",
            "don’t know",
            "dont know",
            "do not know",
            "dk",
            "dk/na",
            "no answer",
            "no response",
            "not asked",
        ),
        *("inapplicable", "iap", "not ascertained", "prefer not to say", "prefer not to answer", "not in universe"),
        *("#n/a", "#na", "#n/a n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "#error!"),
        *("#nv", "#n/d", "#н/д", "#i/t", "#hiány", "#brak", "#nd", "#calc!", "#spill!"),
        *("0000-00-00", "0000-00-00 00:00:00", "00.00.0000", "00/00/0000"),
        *("?", "??", "*", "**", "#", "-", "--", "---", "–", "—", ".", "..", "...", "…"),
        # German
        *("k.a.", "k. a.", "k.a", "keine angabe", "keine angaben", "unbekannt", "unbek.", "nicht bekannt", "fehlt"),
        *("fehlend", "entfällt", "nicht verfügbar", "nicht vorhanden", "nicht erhoben", "keine daten", "ohne angabe"),
        *("weiß nicht", "weiss nicht", "nicht zutreffend", "verweigert", "trifft nicht zu"),
        # French
        *("inconnu", "inconnue", "non renseigné", "non renseignée", "non renseigne", "non disponible", "manquant"),
        *("manquante", "sans objet", "s/o", "n/d", "non connu", "non communiqué", "pas de données"),
        # Spanish, Portuguese, Italian
        *("sin dato", "sin datos", "s/d", "desconocido", "desconocida", "no disponible", "no consta", "faltante"),
        *("no aplica", "sin información", "desconhecido", "desconhecida", "ignorado", "ignorada", "não informado"),
        *("nao informado", "sem dados", "sem informação", "não disponível", "não se aplica", "sconosciuto"),
        *("sconosciuta", "mancante", "non disponibile", "non noto", "dato mancante"),
        # Dutch, Danish, Norwegian, Swedish, Finnish
        *("onbekend", "niet bekend", "ontbreekt", "n.v.t.", "nvt", "ukendt", "ukjent", "mangler", "okänd", "okänt"),
        *("saknas", "uppgift saknas", "tuntematon", "puuttuu", "ei tietoa", "ei tiedossa"),
        # Polish, Czech, Slovak, Hungarian, Romanian, Turkish
        *(
            "nieznany",
            "nieznana",
            "nieznane",
            "brak",
            "brak danych",
            "b.d.",
            "neznámý",
            "neznámá",
            "neznámé",
            "neznámo",
        ),
        *("neuvedeno", "chybí", "chýba", "neznámy", "ismeretlen", "nincs adat", "hiányzik", "necunoscut", "lipsă"),
        *("bilinmiyor",),
        # Russian, Ukrainian, Greek
        *("غير معروف", "غير متوفر", "לא ידוע", "нет сведений", "не известно"),
        *("неизвестно", "нет данных", "не указано", "н/д", "невідомо", "немає даних", "άγνωστο"),
        # Chinese, Japanese, Korean
        *(
            "未知",
            "不详",
            "不詳",
            "缺失",
            "无数据",
            "無資料",
            "不明",
            "欠測",
            "欠損",
            "未測定",
            "未记录",
            "미상",
            "결측",
        ),
    ]
)
"""Texts in lower case that mean "no value" in a column of numbers or dates, however many cells have them."""
_SIGNS = re.compile(
    r"[.·•]{1,6}|[-–—－ー]{1,6}|[/\\~]{1,3}|_{1,6}|\?{1,6}|\*{1,3}|[xX]{3,6}|#[¡¿]?[^\W\d_]{2,10}[!?]|Err:[0-9]{3}"
)
"""Dots, dashes and the like in place of a number, and the errors of spreadsheets in any language, as ``#WERT!``."""


def is_missing_word(text: str) -> bool:
    """Whether a text in a column of numbers or dates means "no value".

    Words that may as well say "below the limit" or "not yet", as n.d. and n.b., do not count: they are asked about.

    Examples
    --------
    >>> is_missing_word("n/a"), is_missing_word("Keine Angabe"), is_missing_word("#VALEUR!"), is_missing_word("n.d.")
    (True, True, True, False)
    """
    return text.lower() in MISSING_WORDS or _SIGNS.fullmatch(text) is not None
