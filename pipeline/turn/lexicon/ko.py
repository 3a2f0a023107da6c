"""Korean: it writes blanks, but its particles with the word."""

from pipeline.turn.lexicon.lexicon import Lexicon, phrases, words

KOREAN = Lexicon(
    fillers=words("음 으음 흠 어음"),
    backchannels=words(
        "네 예 응 어 음 아 오 아하 그래 그래요 그렇군요 그렇죠 그쵸 맞아 맞아요 맞습니다 좋아 좋아요",
        "알겠어요 알겠습니다 알았어 알았어요",
        "오케이 진짜 정말 물론 물론이죠 ok okay",
    )
    | phrases("아 네", "네 네"),
    objections=words("아니 아니요 아뇨 잠깐 잠깐만 잠깐만요 그만 기다려 하지만"),
    leads_on=words("그리고 그런데 근데 하지만 그래서 또는 혹은 만약 왜냐하면 및"),
    may_lead_on=words(
        "은 는 을 를 에서 에게 한테 으로 이랑 하고 부터 까지 는데 은데 인데 니까 지만 려고 려면 아서 어서",
        "해서 라서 거나 든지 하면",
        "으면 다면 그러면 그럼",
    ),
    closes=words("요 니다 습니까 입니까 합니까 됩니까 죠"),
    numbers=words("영 공 일 이 삼 사 오 육 륙 칠 팔 구 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉"),
)
