"""Spanish. "si" (if) is not "sí" (yes), nor "el" (the) "él" (he)."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

SPANISH = Lexicon(
    fillers=words("eh ehm em hmm hmmm"),
    backchannels=words(
        "mm mmm mhm ajá aha ah oh sí claro vale bueno bien okay exacto perfecto cierto correcto entiendo",
        "entendido genial",
    )
    | phrases("de acuerdo", "por supuesto", "claro que sí", "ya veo", "está bien", "muy bien", "así es"),
    objections=words("no para pare espera espere alto basta pero"),
    leads_on=words(
        "y e o u ni pero porque aunque sino si el la los las un mi mis tu tus su sus nuestro nuestra del al"
    ),
    may_lead_on=words(
        "que de a en con por para sin sobre entre hasta desde hacia según como cuando donde mientras una",
        "unos unas lo le",
        "les se me te nos es son soy quiero quisiera tengo muy",
    ),
    numbers=words(
        "cero uno una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis",
        "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis",
        "veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "cien ciento mil",
        "doble",
    ),
)
