"""Hindi, in Devanagari; its backchannels in Latin letters, too."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

HINDI = Lexicon(
    fillers=words("उम उम्म अम्म अं hmm hmmm"),
    backchannels=words(
        "हाँ हां जी अच्छा ठीक सही बिल्कुल बिलकुल हम्म हूँ ओके ओह वाह सच mm mhm hm okay haan ji achha",
        "accha theek sahi bilkul",
    )
    | phrases("ठीक है", "जी हाँ", "जी हां", "समझ गया", "समझ गई", "सही है", "theek hai", "sahi hai"),
    objections=words("नहीं नही मत रुको रुकिए बस लेकिन nahin nahi ruko"),
    leads_on=words("और या व तथा एवं लेकिन मगर क्योंकि कि अगर यदि ताकि बल्कि"),
    may_lead_on=words("का की के को से में पर तक ने तो एक जो जब जहाँ मेरा मेरी मेरे आपका आपकी अपना अपनी अपने लिए बहुत"),
    numbers=words(
        "शून्य ज़ीरो जीरो एक दो तीन चार पाँच पांच छह छः छे सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह",
        "सत्रह अठारह उन्नीस",
        "बीस तीस चालीस पचास साठ सत्तर अस्सी नब्बे सौ हज़ार हजार डबल",
    ),
)
