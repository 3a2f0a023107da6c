"""Polish, whose "no" says yes."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

POLISH = Lexicon(
    fillers=words("yyy yy eee ee ekhm hmm hmmm"),
    backchannels=words(
        "mm mmm mhm hm aha tak no okej okay dobrze dobra jasne pewnie rozumiem super fajnie właśnie racja oczywiście"
    )
    | phrases("no tak", "zgadza się", "w porządku"),
    objections=words("nie stop czekaj poczekaj chwila ale"),
    leads_on=words(
        "i a ale lub albo bo że żeby ponieważ jeśli jeżeli gdyż oraz w we z ze do na od po przy dla bez",
        "pod nad przez o u k",
    ),
    may_lead_on=words("czy jak gdzie kiedy który która które mój moja moje to chciałbym chciałabym bardzo"),
    numbers=words(
        "zero jeden jedna dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście",
        "dwanaście trzynaście",
        "czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście dwadzieścia",
        "trzydzieści czterdzieści",
        "pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt sto tysiąc",
    ),
)
