"""Japanese. What ends with a particle goes on, or is a short answer ("東京に。"): the full stop shows it."""

from pipeline.turn.lexicon.lexicon import Lexicon, words

JAPANESE = Lexicon(
    fillers=words("えっと えっとー ええと えーと えー あの あのー うーん んー"),
    backchannels=words(
        "はい うん ええ そう そうですね そうですか そうなんだ そうなんですね そうか そっか なるほど へえ",
        "へー ほう ふーん 確かに たしかに",
        "もちろん 了解 了解です 分かりました わかりました 分かった わかった ですよね いいね いいですね",
        "ああ あー おお 本当 本当に ほんと",
        "すごい オーケー おっけー ok okay",
    ),
    objections=words("いや いいえ ううん 違う 違います 待って ちょっと 止めて やめて ストップ でも"),
    leads_on=words("そして しかし または あるいは もし 例えば たとえば という"),
    may_lead_on=words(
        "は が を に で と へ も から まで より けど けれど けれども ので のに たり ながら たら なら れば",
        "えば とか それから それで なので",
        "だから だけど でも でして まして あと",
    ),
    closes=words(
        "です ます でした ました ません ませんでした ください 下さい ですか ますか でしょうか ですね",
        "ますね ですよ ますよ だよ だね よね",
        "こんにちは こんばんは さようなら さよなら ありがとう どうも 本当に なんで いつも",
    ),
    numbers=words("〇 零 一 二 三 四 五 六 七 八 九 ゼロ れい まる いち さん よん ろく なな はち きゅう"),
)
