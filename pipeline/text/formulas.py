"""Makes words of a formula in LaTeX, as one reads it to another: `x \\leq 4` is "x less than or equal to 4".

In English, as names of symbols are no part of LaTeX. Own rules rather than a library: pylatexenc and unicodeit make the
symbol of a command ("≤"), which voices skip or read each in its own way, and parse whole documents.
"""

import re

_SYMBOLS = {
    "leq": "less than or equal to", "le": "less than or equal to", "leqslant": "less than or equal to",
    "geq": "greater than or equal to", "ge": "greater than or equal to", "geqslant": "greater than or equal to",
    "lt": "less than", "gt": "greater than", "ll": "much less than", "gg": "much greater than",
    "neq": "not equal to", "ne": "not equal to", "approx": "approximately", "equiv": "equivalent to",
    "sim": "similar to", "cong": "congruent to", "propto": "proportional to",
    "times": "times", "cdot": "times", "ast": "times", "div": "divided by", "pm": "plus or minus",
    "mp": "minus or plus", "to": "to", "rightarrow": "to", "longrightarrow": "to", "mapsto": "maps to",
    "leftarrow": "from", "Rightarrow": "implies", "implies": "implies", "iff": "if and only if",
    "Leftrightarrow": "if and only if", "in": "in", "notin": "not in", "subset": "subset of",
    "subseteq": "subset of or equal to", "cup": "union", "cap": "intersection", "setminus": "without",
    "emptyset": "the empty set", "varnothing": "the empty set", "forall": "for all", "exists": "there exists",
    "land": "and", "wedge": "and", "lor": "or", "vee": "or", "neg": "not", "lnot": "not", "infty": "infinity",
    "partial": "partial", "nabla": "nabla", "circ": "degrees", "degree": "degrees", "prime": "prime",
    "ldots": "and so on", "dots": "and so on", "cdots": "and so on", "mid": "given", "perp": "perpendicular to",
    "parallel": "parallel to", "angle": "angle", "therefore": "therefore", "because": "because",
    "sin": "sine", "cos": "cosine", "tan": "tangent", "cot": "cotangent", "arcsin": "arc sine",
    "arccos": "arc cosine", "arctan": "arc tangent", "log": "log", "ln": "natural log", "exp": "exp", "max": "max",
    "min": "min", "det": "determinant of", "gcd": "gcd", "bmod": "mod", "pmod": "mod", "%": "%", "$": "$", "#": "#",
    "&": "and", "_": "_", "{": "(", "}": ")", "hbar": "h bar", "ell": "l", "Re": "real part of",
    "Im": "imaginary part of",
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma",
}  # fmt: skip
_GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
]  # fmt: skip
_SYMBOLS |= {name: name for name in _GREEK} | {name.title(): f"capital {name}" for name in _GREEK}
_SIGNS = {
    "=": "equals", "+": "plus", "-": "minus", "−": "minus", "*": "times", "·": "times", "×": "times", "÷": "divided by",
    "/": "over", "<": "less than", ">": "greater than", "≤": "less than or equal to", "≥": "greater than or equal to",
    "≠": "not equal to", "≈": "approximately", "±": "plus or minus", "∞": "infinity", "!": "factorial", "'": "prime",
    "→": "to", "√": "the square root of", "|": "", "~": "", "&": "", "$": "", "[": "(", "]": ")",
}  # fmt: skip
_OPERATORS = {
    "sum": "the sum", "prod": "the product", "int": "the integral", "oint": "the integral",
    "iint": "the double integral", "lim": "the limit", "bigcup": "the union", "bigcap": "the intersection",
}  # fmt: skip
_BELOW = {"lim": "as"}
_POWERS = {"2": "squared", "3": "cubed", "degrees": "degrees", "prime": "prime"}
_ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "dot": "dot"}
_FRACTIONS = {"frac", "dfrac", "tfrac", "cfrac"}
_TEXT = {"text", "textbf", "textit", "textrm", "mathrm", "operatorname", "mbox"}
_STYLES = {"mathbf", "mathit", "mathbb", "mathcal", "mathsf", "boldsymbol", "boxed", "underline", "underbrace"}
_COMMANDS = {*_SYMBOLS, *_OPERATORS, *_ACCENTS, *_FRACTIONS, *_TEXT, *_STYLES, "sqrt", "binom", "vec"}

_TOKEN = re.compile(
    rf"\\[A-Za-z]+|\\.|\d+(?:[.,]\d+)*|(?:[A-Za-z]|[^\x00-\x7f\s{re.escape(''.join(_SIGNS))}])+|\S", re.DOTALL
)
_NAME_LETTERS = 3
"""Letters in a row from which they are a word: fewer are variables side by side, as in mc²."""

_MAX_DEPTH = 20
"""Groups inside of each other; deeper ones are read as if their braces were not there."""


def is_command(name: str) -> bool:
    """Whether `name` is a command that has words: "frac", "leq"."""
    return name in _COMMANDS


def spoken_formula(latex: str) -> str:
    """Return the words of a formula, without the marks around it."""
    text = " ".join(_Reader(_TOKEN.findall(latex)).words())
    return re.sub(r" (?=[,.;:)%])|(?<=[($]) ", "", text)


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0
        self._is_text = False

    def words(self, closing: str = "") -> list[str]:
        """Read up to `closing`, and past it; to the end without one."""
        words: list[str] = []
        self._depth += 1
        while (token := self._next()) and token != closing:
            words += self._words_of(token)
        self._depth -= 1
        return [word for word in words if word]

    def _next(self) -> str:
        """Take the next token; an empty one at the end."""
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ""

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _argument(self, opening: str = "{", closing: str = "}") -> str:
        """Read a group, or the one token that stands for it."""
        token = self._next()
        if not token or self._depth >= _MAX_DEPTH:
            return ""
        self._depth += 1
        words = self.words(closing) if token == opening else self._words_of(token)
        self._depth -= 1
        return " ".join(words)

    def _words_of(self, token: str) -> list[str]:
        if token.startswith("\\") and len(token) > 1:
            return self._command(token[1:])
        match token:
            case "{":
                return self.words("}") if self._depth < _MAX_DEPTH else []
            case "}" | "\\":
                return []
            case "^":
                return [self._power(self._argument())]
            case "_":
                return ["sub", self._argument()]
        if self._is_text:
            return [token]
        if token.isascii() and token.isalpha() and len(token) < _NAME_LETTERS:
            return list(token)
        return [_SIGNS.get(token, token)]

    def _command(self, name: str) -> list[str]:
        if name in _FRACTIONS:
            above, below = self._argument(), self._argument()
            is_number = above.isdigit() and below.isdigit()
            return [f"{above}/{below}" if is_number else f"{above} over {below}"]
        if name in _OPERATORS:
            return [_OPERATORS[name], *self._bounds(_BELOW.get(name))]
        if name in _ACCENTS:
            return [self._argument(), _ACCENTS[name]]
        if name in _TEXT:
            outer, self._is_text = self._is_text, True
            text = self._argument()
            self._is_text = outer
            return [text]
        match name:
            case "sqrt":
                return [self._root(), self._argument()]
            case "binom":
                return [self._argument(), "choose", self._argument()]
            case "vec":
                return ["vector", self._argument()]
            case "begin" | "end":
                self._argument()
                return []
            case "left" | "right":
                return [] if self._peek() != "." else [self._next()[1:]]
        return [_SYMBOLS[name]] if name in _SYMBOLS else []  # what stands in the braces of others is read after it

    def _power(self, exponent: str) -> str:
        return _POWERS.get(exponent, f"to the {exponent}")

    def _root(self) -> str:
        if self._peek() != "[":
            return "the square root of"
        degree = self._argument("[", "]")
        return "the cube root of" if degree == "3" else f"the root {degree} of"

    def _bounds(self, below: str | None) -> list[str]:
        """Read what stands below and above a sum or the like, in either order."""
        bounds = {"_": "", "^": ""}
        while self._peek() in bounds:
            mark = self._next()
            bounds[mark] = self._argument()
        below = below or ("from" if bounds["^"] else "over")
        return [f"{below} {bounds['_']}" if bounds["_"] else "", f"to {bounds['^']}" if bounds["^"] else "", "of"]
