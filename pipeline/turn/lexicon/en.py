"""English."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

ENGLISH = Lexicon(
    fillers=words("um uh uhm uhh umm ummm er erm ah eh hmm hmmm"),
    backchannels=words(
        "mm mmm mhm mmhm mhmm mmhmm mm-hm mm-hmm hm hmm huh uh-huh aha oh ooh yeah yep yup yes okay right",
        "sure alright",
        "good great nice cool wow really exactly absolutely true indeed",
    )
    | phrases("i see", "got it", "all right", "of course", "makes sense"),
    objections=words("no nope stop wait but don't"),
    leads_on=words("and or but because if than although unless until the a an my your its our their"),
    may_lead_on=words(
        "to of for with at in on from by about into as is are was were am do does did have has had will would can",
        "could should so when while though since his her that this which who what where how i I i'm i'd",
        "i'll i've it's",
        "let's like",
    ),
    numbers=words(
        "oh zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
        "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double",
        "triple",
    ),
)
