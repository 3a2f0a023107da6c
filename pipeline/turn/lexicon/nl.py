"""Dutch. Its separable prefixes ("Doe het licht aan.") lead nowhere on."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

_UNITS = ("één", "een", "tweeën", "drieën", "vieren", "vijfen", "zesen", "zevenen", "achten", "negenen")
_TENS = ("twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig")

DUTCH = Lexicon(
    fillers=words("eh ehm uh uhm euh hmm hmmm"),
    backchannels=words(
        "mm mmm mhm hm aha ah oh ja jaja okay oké oke goed prima precies klopt juist zeker leuk mooi inderdaad echt",
        "natuurlijk begrepen",
    )
    | phrases("ja hoor", "is goed", "dat klopt"),
    objections=words("nee stop wacht maar niet"),
    leads_on=words("en of maar want omdat hoewel tenzij de mijn jouw onze"),
    may_lead_on=words(
        "het een die dat dit als van voor met te naar bij tot tegen zonder sinds is ben was heb heeft ik",
        "wat waar hun ons",
    ),
    numbers=words(
        "nul een één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien",
        "zestien zeventien",
        "achttien negentien honderd duizend dubbel",
        *_TENS,
        *(f"{unit if unit.endswith('en') else unit + 'en'}{ten}" for unit in _UNITS for ten in _TENS),
    ),
)
