"""The words by which a person asks for a human being, corrects the bot, or loses patience, by language: data.

Phrases are in lower case; one that ends with * is the beginning of a word. In scripts without blanks, and in Korean, a
phrase counts wherever it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

Phrases = frozenset[str]


def listed(text: str) -> Phrases:
    """The phrases of a text, parted by commas."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPhrases:
    """The phrases of one language.

    A human being is asked for by `talks` with `humans` or `people`, or by `wishes` with `humans`.
    """

    talks: Phrases
    """To speak with, to be put through."""
    wishes: Phrases
    """To want, to need, please."""
    humans: Phrases
    """Who can only be a human being, or one of the house."""
    people: Phrases
    """Who may be anybody: "someone", "a person"."""
    corrects: Phrases
    """To object to what was understood: "no, I said"."""
    frustrated: Phrases
    """To have had enough."""


def merged(parts: Iterable[EscalationPhrases]) -> EscalationPhrases:
    """All of several languages."""
    every = list(parts)
    return EscalationPhrases(
        **{
            each.name: frozenset[str]().union(*(getattr(part, each.name) for part in every))
            for each in fields(EscalationPhrases)
        }
    )


BY_LANGUAGE: dict[str, EscalationPhrases] = {
    "ar": EscalationPhrases(
        talks=listed("أتحدث, اتحدث, أتكلم, اتكلم, التحدث, الحديث, التكلم, حولني, حوّلني, وصلني, أكلم, اكلم"),
        wishes=listed("أريد, اريد, أحتاج, احتاج, أرغب, ممكن, من فضلك, لو سمحت"),
        humans=listed("موظف*, الموظف*, إنسان*, انسان*, بشري*, مدير*, المدير*, خدمة العملاء, ممثل*, مندوب*"),
        people=listed("شخص, أحد, احد, شخصا, شخصًا"),
        corrects=listed("لا, ليس, قلت, قلت لك, أقصد, اقصد, خطأ"),
        frustrated=listed("سخيف, مزعج, محبط, غبي, مضيعة للوقت, لا تفهم, لا تفهمني, تعبت, سئمت"),
    ),
    "de": EscalationPhrases(
        talks=listed(
            "sprechen, reden, verbinden, verbinde*, durchstellen, stellen sie mich, weiterleiten, weiterverbinden"
        ),
        wishes=listed("möchte, will, brauche, bitte, geben sie mir, gib mir, kann ich, hätte gern, hätte gerne"),
        humans=listed(
            "mensch, menschen, mitarbeiter*, echte person, echten person, kollege, kollegen, kollegin, "
            "kundendienst, kundenservice, vorgesetzte*, chef, chefin, sachbearbeiter*, jemand anderen, "
            "jemand anderem, berater*"
        ),
        people=listed("jemand, jemanden, jemandem, einer person, eine person"),
        corrects=listed(
            "nein, nee, ich sagte, ich habe gesagt, ich meine, ich meinte, falsch, stimmt nicht, nicht das, das nicht"
        ),
        frustrated=listed(
            "lächerlich, nervt, nervig, frustrierend, zeitverschwendung, unmöglich, unfassbar, blöd, dumm, "
            "verdammt, sie verstehen mich nicht, du verstehst mich nicht, das bringt nichts, mir reicht es, "
            "es reicht, keine lust mehr"
        ),
    ),
    "en": EscalationPhrases(
        talks=listed(
            "speak to, speak with, talk to, talk with, connect me, transfer me, put me through, pass me to, "
            "hand me over, get me through"
        ),
        wishes=listed(
            "want, need, would like, i'd like, please, give me, get me, can i have, can i get, is there, let me have"
        ),
        humans=listed(
            "human, humans, human being, real person, live person, actual person, real human, representative, "
            "operator, live agent, human agent, real agent, supervisor, manager, customer service, somebody else, "
            "someone else, a colleague, your boss"
        ),
        people=listed("person, someone, somebody, agent, employee, anyone, staff"),
        corrects=listed(
            "no, nope, i said, i meant, not what i, that's not, that is not, that's wrong, i already told you, "
            "i told you, not that, wrong, i didn't say"
        ),
        frustrated=listed(
            "ridiculous, useless, frustrating, frustrated, annoying, annoyed, stupid, damn, hell, waste of time, "
            "fed up, sick of, tired of this, isn't working, not working, don't understand me, not listening, "
            "not helping, not helpful, for the last time, how many times, forget it, give up, unbelievable"
        ),
    ),
    "es": EscalationPhrases(
        talks=listed(
            "hablar, comuníqueme, comunícame, comunicarme, páseme, pásame, transfiérame, transfiéreme, conécteme"
        ),
        wishes=listed("quiero, quisiera, necesito, por favor, deme, dame, puedo, me gustaría"),
        humans=listed(
            "humano, humana, persona real, persona de verdad, agente, operador, operadora, representante, "
            "encargado, encargada, supervisor, supervisora, gerente, atención al cliente, empleado, empleada, "
            "otra persona"
        ),
        people=listed("alguien, una persona"),
        corrects=listed(
            "no, he dicho, dije, quise decir, quería decir, ya le dije, ya te dije, eso no, mal, incorrecto"
        ),
        frustrated=listed(
            "ridículo, inútil, frustrante, molesto, estúpido, maldita sea, pérdida de tiempo, harto, harta, "
            "no funciona, no me entiende, no me entiendes, no sirve, ya basta, olvídelo, olvídalo"
        ),
    ),
    "fr": EscalationPhrases(
        talks=listed("parler, passez-moi, passe-moi, mettez-moi en relation, transférez-moi, joindre, me passer"),
        wishes=listed("veux, voudrais, besoin, s'il vous plaît, donnez-moi, puis-je, je peux, aimerais"),
        humans=listed(
            "humain, humaine, être humain, vraie personne, conseiller, conseillère, opérateur, opératrice, "
            "responsable, employé, employée, collègue, agent, service client, quelqu'un d'autre"
        ),
        people=listed("quelqu'un, une personne"),
        corrects=listed(
            "non, j'ai dit, je voulais dire, pas ça, ce n'est pas, c'est faux, je vous ai dit, je t'ai dit"
        ),
        frustrated=listed(
            "ridicule, inutile, frustrant, énervant, agaçant, stupide, perte de temps, marre, ça ne marche pas, "
            "vous ne comprenez pas, tu ne comprends pas, ça suffit, n'importe quoi, laissez tomber"
        ),
    ),
    "hi": EscalationPhrases(
        talks=listed("बात, बात करनी, बात करना, बात कराइए, बात करवाइए, कनेक्ट, ट्रांसफर, जोड़िए"),
        wishes=listed("चाहिए, चाहता, चाहती, कृपया, प्लीज़, दीजिए"),
        humans=listed("इंसान, इन्सान, एजेंट, प्रतिनिधि, मैनेजर, ऑपरेटर, अधिकारी, कर्मचारी, असली आदमी"),
        people=listed("किसी, आदमी, व्यक्ति"),
        corrects=listed("नहीं, मैंने कहा, मेरा मतलब, गलत, ग़लत"),
        frustrated=listed("बकवास, बेकार, परेशान, समय की बर्बादी, समझ नहीं रहे, तंग आ, फालतू"),
    ),
    "it": EscalationPhrases(
        talks=listed("parlare, mi passi, passami, mi metta in contatto, mi trasferisca, trasferiscimi, collegarmi"),
        wishes=listed("voglio, vorrei, ho bisogno, per favore, mi dia, dammi, posso"),
        humans=listed(
            "umano, umana, essere umano, persona vera, persona reale, operatore, operatrice, responsabile, "
            "impiegato, impiegata, collega, servizio clienti, addetto, qualcun altro"
        ),
        people=listed("qualcuno, una persona"),
        corrects=listed("no, ho detto, intendevo, volevo dire, non è, sbagliato, gliel'ho detto, te l'ho detto"),
        frustrated=listed(
            "ridicolo, inutile, frustrante, fastidioso, stupido, perdita di tempo, stufo, stufa, non funziona, "
            "non mi capisce, non capisci, basta, lasci perdere, lascia perdere"
        ),
    ),
    "ja": EscalationPhrases(
        talks=listed("話し, 話せ, 話がしたい, 代わっ, 代わり, 替わっ, つない, 繋い, 転送"),
        wishes=listed("お願い, ください, 下さい, したい, 欲しい, 出して"),
        humans=listed("人間, オペレーター, オペレータ, 担当者, 担当の方, 係の人, 係の方, 責任者, 上司, スタッフ"),
        people=listed("人と, 誰か"),
        corrects=listed("違い, 違う, ちがう, じゃなくて, ではなく, と言った, いいえ, そうじゃ"),
        frustrated=listed("ふざけ, いい加減, 使えない, 役に立たない, イライラ, 時間の無駄, 何度も, 何回も, もういい"),
    ),
    "ko": EscalationPhrases(
        talks=listed("통화, 연결, 바꿔, 이야기, 얘기, 말하고 싶"),
        wishes=listed("주세요, 싶어, 싶습니다, 부탁, 원해"),
        humans=listed("상담원, 상담사, 직원, 담당자, 진짜 사람, 책임자, 매니저"),
        people=listed("사람"),
        corrects=listed("아니, 그게 아니라, 말했, 틀렸"),
        frustrated=listed("답답, 짜증, 시간 낭비, 쓸모없, 말이 안 통, 몇 번을, 그만"),
    ),
    "nl": EscalationPhrases(
        talks=listed("spreken, praten, doorverbinden, verbind me, verbind mij, doorschakelen"),
        wishes=listed("wil, zou graag, nodig, alstublieft, alsjeblieft, geef me, geef mij, mag ik, kan ik"),
        humans=listed(
            "mens, echt persoon, echte persoon, medewerker, medewerkster, collega, klantenservice, "
            "leidinggevende, manager, iemand anders"
        ),
        people=listed("iemand, een persoon"),
        corrects=listed("nee, ik zei, ik bedoel, ik bedoelde, dat klopt niet, fout, niet wat ik"),
        frustrated=listed(
            "belachelijk, nutteloos, frustrerend, irritant, stom, tijdverspilling, werkt niet, "
            "u begrijpt me niet, je begrijpt me niet, ik ben het zat, laat maar"
        ),
    ),
    "pl": EscalationPhrases(
        talks=listed("rozmawiać, porozmawiać, pogadać, połącz*, przełącz*, przekieruj*"),
        wishes=listed("chcę, chciałbym, chciałabym, potrzebuję, proszę, poproszę, mogę, można"),
        humans=listed("człowiek*, konsultant*, pracownik*, operator*, kierownik*, żywą osobą, kimś innym, przełożon*"),
        people=listed("kimś, osobą"),
        corrects=listed("nie, powiedziałem, powiedziałam, mówiłem, mówiłam, chodziło mi, źle"),
        frustrated=listed(
            "śmieszne, bezużyteczn*, frustrując*, denerwując*, wkurza*, głup*, strata czasu, nie działa, "
            "nie rozumiesz, mam dość, dosyć tego"
        ),
    ),
    "pt": EscalationPhrases(
        talks=listed(
            "falar, conversar, me passa, me passe, passe-me, me transfere, transferir, me conecta, me conecte"
        ),
        wishes=listed("quero, queria, gostaria, preciso, por favor, me dá, me dê, posso"),
        humans=listed(
            "humano, humana, ser humano, pessoa de verdade, pessoa real, atendente, operador, operadora, "
            "representante, gerente, supervisor, supervisora, funcionário, funcionária, outra pessoa"
        ),
        people=listed("alguém, uma pessoa"),
        corrects=listed("não, eu disse, eu quis dizer, já disse, isso não, errado, não foi isso"),
        frustrated=listed(
            "ridículo, inútil, frustrante, irritante, estúpido, perda de tempo, cansei, não funciona, "
            "não me entende, não adianta, chega, esquece"
        ),
    ),
    "th": EscalationPhrases(
        talks=listed("คุย, พูดกับ, ต่อสาย, โอนสาย, ติดต่อ"),
        wishes=listed("อยาก, ต้องการ, ขอ, ช่วย"),
        humans=listed("เจ้าหน้าที่, พนักงาน, คนจริง, มนุษย์, หัวหน้า, ผู้จัดการ"),
        people=listed("กับคน, ใครสักคน"),
        corrects=listed("ไม่ใช่, ฉันบอกว่า, ผมบอกว่า, หมายถึง, ผิด"),
        frustrated=listed("เสียเวลา, หงุดหงิด, น่ารำคาญ, ไม่ได้เรื่อง, ไม่เข้าใจ, พอแล้ว, กี่ครั้ง"),
    ),
    "zh": EscalationPhrases(
        talks=listed("说话, 說話, 通话, 通話, 谈, 談, 转, 轉, 接, 联系, 聯繫"),
        wishes=listed("要, 想, 请, 請, 需要, 给我, 給我"),
        humans=listed("人工, 真人, 客服, 经理, 經理, 主管, 工作人员, 工作人員, 专员, 專員"),
        people=listed("别人, 別人, 有人"),
        corrects=listed("不是, 不对, 不對, 我说的是, 我說的是, 我是说, 我是說, 错了, 錯了"),
        frustrated=listed(
            "烦死, 煩死, 浪费时间, 浪費時間, 没用, 沒用, 听不懂, 聽不懂, 受够, 受夠, 算了, 什么鬼, 几遍, 幾遍"
        ),
    ),
}
"""By the first part of a language tag."""
