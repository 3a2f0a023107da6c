"""What a voice is to say in place of what is written: numbers in words, and words by a pronunciation dictionary.

`verbalizer` applies both to a chunk and keeps the way back to the written text. `pronunciations` is the dictionary.
`shapes` are the written forms that are known: `addresses`, `digits`, `dates`, `fractions`, `quantities`, `romans`.
What they are in words is the business of a `language`: `english`, `german`, `spanish`, `french`, with a `vocabulary`.
In doubt nothing is changed: a word that is not as a whole one of these forms stays as written.
"""
