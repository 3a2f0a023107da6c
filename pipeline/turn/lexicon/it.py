"""Italian."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

ITALIAN = Lexicon(
    fillers=words("ehm eh uhm hmm hmmm"),
    backchannels=words(
        "mm mmm mhm ah oh sì certo certamente okay bene esatto giusto vero capito perfetto bello infatti",
        "già d'accordo",
    )
    | phrases("va bene", "ho capito", "ma certo"),
    objections=words("no ferma fermo aspetta aspetti basta però"),
    leads_on=words(
        "e ed o oppure ma se il la i gli un dei degli delle del dello della al allo alla ai agli alle nel",
        "nello nella nei",
        "negli nelle sul sulla dal dalla l d dell all nell sull dall",
    ),
    may_lead_on=words(
        "che perché però di a da in con su per tra fra senza verso fino come quando dove mentre è sono ho",
        "ha lo le li mi",
        "ti ci si vi ne non molto una uno mio mia tuo tua suo sua vorrei devo",
    ),
    numbers=words(
        "zero uno una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici",
        "quindici sedici",
        "diciassette diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta",
        "novanta cento mille",
        "doppio doppia",
    ),
)
