"""German. Its separable prefixes ("Mach das Licht an.") lead nowhere on, and "einen" stands for a noun, too."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

_UNITS = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_TENS = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")

GERMAN = Lexicon(
    fillers=words("äh ähm ääh öh öhm ehm hmm hmmm"),
    backchannels=words(
        "mm mmm mhm hm hmm aha ah oh ach ja jo jep okay genau klar stimmt gut super toll schön richtig verstehe",
        "verstanden natürlich echt wirklich sicher interessant",
    )
    | phrases("ach so", "alles klar", "na klar", "na gut", "ist gut"),
    objections=words("nein nee stop stopp halt warte warten moment aber nicht doch"),
    leads_on=words(
        "und oder aber weil wenn dass ob obwohl sondern bevor nachdem sobald falls sowie mein dein unser euer"
    ),
    may_lead_on=words(
        "der die das den dem des ein eine einen einem einer meine deine seine ihre unsere kein keine mit",
        "von für zu auf",
        "im am beim vom zum zur ins bei bis gegen ohne seit wegen zwischen als wie denn damit ich bin",
        "habe hätte möchte",
        "sehr",
    ),
    numbers=words(
        "null eins zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn",
        "siebzehn achtzehn neunzehn hundert tausend doppel",
        *_TENS,
        *(f"{unit}und{ten}" for unit in _UNITS for ten in _TENS),
    ),
)
