"""The names of the months in the languages that tables are kept in."""

from __future__ import annotations

_CUT_SHORT = tuple(tuple(names.split()) for names in (
    "january januar jänner janvier enero gennaio janeiro januari",
    "february februar février fevrier febrero febbraio fevereiro februari",
    "march märz maerz mrz mars marzo março marco maart mrt marts", "april avril abril aprile",
    "may mai mayo maggio maio mei maj",
    "june juni juin junio giugno junho", "july juli juillet julio luglio julho",
    "august août aout agosto augustus augusti", "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro", "november novembre noviembre novembro",
    "december dezember décembre decembre diciembre dicembre dezembro desember",
))  # fmt: skip
"""In English, German, French, Spanish, Italian, Portuguese, Dutch and Scandinavian languages: three letters will do."""

_WHOLE = tuple(frozenset(names.split()) for names in (
    "январь января янв січень січня styczeń stycznia sty leden ledna január januára ocak oca tammikuu tammikuuta tammi "
    "ianuarie ιανουάριος ιανουαρίου ιαν",
    "февраль февраля фев февр лютий лютого luty lutego lut únor února február februára şubat şub helmikuu helmikuuta "
    "helmi februarie φεβρουάριος φεβρουαρίου φεβ",
    "март марта мар березень березня marzec marca březen března március márc marec mart maaliskuu maaliskuuta maalis "
    "martie μάρτιος μαρτίου μαρ",
    "апрель апреля апр квітень квітня kwiecień kwietnia kwi duben dubna április ápr apríl apríla nisan nis huhtikuu "
    "huhtikuuta huhti aprilie απρίλιος απριλίου απρ",
    "май мая травень травня maja květen května május máj mája mayıs toukokuu toukokuuta touko μάιος μαΐου μαϊ",
    "июнь июня июн червень червня czerwiec czerwca cze červen června június jún júna haziran haz kesäkuu kesäkuuta "
    "kesä iunie ιούνιος ιουνίου ιουν",
    "июль июля июл липень липня lipiec lipca lip červenec července július júl júla temmuz tem heinäkuu heinäkuuta "
    "heinä iulie ιούλιος ιουλίου ιουλ",
    "август августа авг серпень серпня sierpień sierpnia sie srpen srpna augusztus ağustos ağu elokuu elokuuta elo "
    "αύγουστος αυγούστου αυγ",
    "сентябрь сентября сен сент вересень вересня wrzesień września wrz září szeptember szept eylül eyl syyskuu "
    "syyskuuta syys septembrie σεπτέμβριος σεπτεμβρίου σεπ",
    "октябрь октября окт жовтень жовтня październik października paź říjen října október október októbra ekim eki "
    "lokakuu lokakuuta loka octombrie οκτώβριος οκτωβρίου οκτ",
    "ноябрь ноября ноя нояб listopad listopadu listopada lis novembra kasım kas marraskuu marraskuuta marras noiembrie "
    "νοέμβριος νοεμβρίου νοε",
    "декабрь декабря дек грудень грудня grudzień grudnia gru prosinec prosince decembra aralık ara joulukuu joulukuuta "
    "joulu decembrie δεκέμβριος δεκεμβρίου δεκ",
))  # fmt: skip
"""In Russian, Ukrainian, Polish, Czech, Slovak, Hungarian, Turkish, Finnish, Romanian and Greek: whole words, for cut
short they would mean other months elsewhere (``mar`` of ``marraskuuta``). Ukrainian and Croatian share words with
Polish and Czech that mean other months there; these are left out."""


def month_of(name: str) -> int | None:
    """The number of a month in words; None where the word is unknown, or is the beginning of two of them.

    Examples
    --------
    >>> month_of("Sept"), month_of("maja"), month_of("marraskuuta"), month_of("jui")
    (9, 5, 11, None)
    """
    lower = name.lower()
    whole = [number for number, names in enumerate(_WHOLE, start=1) if lower in names]
    months = whole or [
        number for number, names in enumerate(_CUT_SHORT, start=1) if any(full.startswith(lower) for full in names)
    ]
    return months[0] if len(months) == 1 else None
