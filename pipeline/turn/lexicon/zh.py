"""Chinese, in both ways of writing it."""

from pipeline.turn.lexicon.lexicon import Lexicon, words

CHINESE = Lexicon(
    fillers=words("呃 呃呃 额 唔"),
    backchannels=words(
        "嗯 恩 哦 噢 喔 啊 哈 对 對 对的 對的 是 是的 是啊 好 好的 好啊 好吧 行 可以 没错 沒錯 当然 當然",
        "明白 明白了 知道了 了解 懂了",
        "原来如此 原來如此 这样啊 這樣啊 真的 有道理 没问题 沒問題 係 係啊 ok okay mm hm",
    ),
    objections=words("不 不是 不对 不對 停 等 等等 等一下 别 別 但是"),
    leads_on=words(
        "但是 可是 因为 因為 如果 而且 或者 虽然 雖然 然后 然後 并且 並且 比如 例如 以及 所以 只要 除非",
        "即使 尽管 儘管 要是 的话 的話",
    ),
    may_lead_on=words(
        "和 跟 或 从 從 把 是 叫 也 又 很 就是 还是 還是 对于 對於 关于 關於 那个 那個 这个 這個 一个",
        "一個 还有 還有 不过 不過",
        "因此 的时候 的時候 我想 我要 我需要 我想要",
    ),
    closes=words("吗 嗎 吧 呢 谢谢 謝謝 好的 是的 对的 對的 不是"),
    numbers=words("〇 零 一 二 两 兩 三 四 五 六 七 八 九 幺"),
)
