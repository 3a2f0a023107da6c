"""Portuguese. Verbs are answers ("Quero."), and "um" stands for a noun, too ("Quero um.")."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

PORTUGUESE = Lexicon(
    fillers=words("hã ãh ahn hum eh hmm hmmm"),
    backchannels=words(
        "mm mmm mhm uhum aham hum ah oh sim claro certo tá é okay bom bem isso exato exatamente perfeito",
        "beleza entendi",
        "verdade pois",
    )
    | phrases("tá bom", "tá bem", "está bem", "está bom", "pois é", "com certeza", "é verdade"),
    objections=words("não para pare espera espere chega mas"),
    leads_on=words(
        "e ou mas porque se embora o a os as do da dos das no na nos nas ao à aos às pelo pela pelos pelas num numa"
    ),
    may_lead_on=words(
        "que de em com por para pra sem sobre entre até desde como quando onde enquanto um uma meu minha",
        "seu sua nosso",
        "nossa queria gostaria muito eu me te",
    ),
    numbers=words(
        "zero um uma dois duas três quatro cinco seis meia sete oito nove dez onze doze treze catorze",
        "quatorze quinze",
        "dezesseis dezasseis dezessete dezassete dezoito dezenove dezanove vinte trinta quarenta cinquenta sessenta",
        "setenta oitenta noventa cem cento mil",
    ),
)
