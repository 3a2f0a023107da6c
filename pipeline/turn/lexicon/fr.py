"""French. What stands before an apostrophe leads on: "l'", "qu'"."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

FRENCH = Lexicon(
    fillers=words("euh euhm heu hum hmm hmmm"),
    backchannels=words(
        "mm mmm mhm hm ah oh oui ouais okay d'accord bien bon super parfait exact exactement voilà",
        "entendu compris certes",
    )
    | phrases("bien sûr", "tout à fait", "je vois", "ça marche", "c'est ça", "c'est vrai", "très bien", "ah bon"),
    objections=words("non stop arrête arrêtez attends attendez mais si"),
    leads_on=words(
        "et ou mais car si le la les des du au aux mon ma mes ton ta tes sa ses notre votre leur leurs",
        "cet cette ces l d j",
        "qu",
    ),
    may_lead_on=words(
        "que qui de à a en dans sur sous avec pour sans chez par vers entre depuis pendant comme quand où",
        "lorsque puisque",
        "donc est sont suis ai c'est j'ai je un une son ce ne très dont",
    ),
    numbers=words(
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente",
        "quarante cinquante soixante cent mille double",
    ),
)
