"""Words after which a full stop need not end a sentence, folded and without their last full stop.

A missing one costs a cut in the wrong place, a needless one a cut: so what may be either is in the list.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST = _words(
    "mr mrs ms dr prof st gen col lt sgt capt cmdr rev hon gov sen rep pres supt mt ft vs cf approx incl e.g i.e "
    "z.b d.h u.a bzw ca evtl ggf hr fr frl ing mag str p.ex mme mlle mm me sra srta dra dña ud uds sig dott avv"
)
"""Always have something after them: titles, "for example" and the like."""

BEFORE_NUMBERS = _words(
    "no nos nr núm num n° fig figs p pp pg pág vol ch chap sec sect art eq abb bd kap tel ext ver v op "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
"""Abbreviations when a number follows; else words of their own, or a sentence's last."""

PERHAPS_LAST = _words("etc inc ltd co corp llc plc jr sr ph.d m.sc b.sc esq dept est ave blvd usw etw al")
"""May end a sentence: the next word decides, as after initials (U.S., p.m., J.)."""

STARTERS = _words(
    "a an the this that these those it its i we you he she they there here what when where who why how which if in on "
    "at for from but and so or then now also however yes no please let do does did is are was were can could would "
    "will should have has my your our"
)
"""Words that with a capital begin a sentence and seldom a name. English: other languages lose only a cut."""

ORDINAL_MONTHS = _words("januar jänner februar märz april mai juni juli august september oktober november dezember")
"""Months behind a day that is written as an ordinal ("3. Mai")."""
