"""Words after which a full stop need not end a sentence, folded and without their last full stop.

A missing one costs a cut in the wrong place, a needless one a cut: so what may be either is in the list. The lists hold
what `full_stops` cannot see by how a word looks.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST = _words(
    "mr mrs ms dr prof st gen col lt sgt capt cmdr rev hon gov sen rep pres supt mt ft vs cf approx incl e.g i.e "
    "z.b d.h u.a bzw ca fa evtl ggf hr fr frl ing mag geb verh p.ex mme mlle mm me env bd sra srta dra dña ud uds av "
    "avda aprox sig dott avv bijv np ul ул пр просп пл пер им св проф акад напр αγ δηλ डॉ प्रो श्री श्रीमती पं रु क्र पृ"
)
"""Always have something after them: titles, kinds of streets, "for example" and the like."""

BEFORE_NUMBERS = _words(
    "no nos nr núm num n° nº fig figs p pp pg pág pag vol ch chap sec sect art eq abb abs abschn kap tel ext ver v op "
    "apt hwy rte max min mind zzgl inkl einschl jan feb mar apr jun jul aug sep sept oct nov dec стр рис табл"
)
"""Abbreviations when a number follows; else words of their own, or a sentence's last."""

PERHAPS_LAST = _words(
    "etc inc ltd co corp llc plc jr sr ph.d m.sc b.sc esq dept est ave blvd max min mio tsd usw etw ecc enz al "
    "руб коп тыс"
)
"""May end a sentence: the next word decides, as after initials (U.S., p.m., J.)."""

STARTERS = _words(
    "a an the this that these those it its i we you he she they there here what when where who why how which if in on "
    "at for from but and so or then now also however yes no please let do does did is are was were can could would "
    "will should have has my your our ok okay well sure great "
    "der die das er sie es ich du wir dann danach und aber oder wenn was wer wie wo warum ja nein hier heute bitte "
    "auch il elle nous vous ils elles je tu puis mais donc alors ensuite oui non dans pour avec "
    "y pero luego entonces ahora también sí yo ella nosotros usted este esta está hay cuando "
    "poi però ma quindi anche io lui lei noi questo questa è sono depois mas então agora também eu ele ela "
    "он она они мы вы я это там тут здесь потом затем но и а да нет если когда"
)
"""Words that with a capital begin a sentence and seldom a name: no articles, which names have, too ("Los Angeles").
Other languages lose only a cut."""
