"""The text half of the mouth: what a model writes becomes chunks to speak, and what was played becomes text again.

Pure: no clock, no asyncio. `reasoning` takes out what the model only thought, `sentences` cuts the stream of tokens,
`speakable` takes out what no voice should say and keeps the way back (`fences` finds code blocks, `markup` the marks in
a line, `citations` numbers of sources, `spans` tags and formulas, `formulas` makes their words), `spoken` puts words in
the place of numbers for voices that need it, `heard` says how much of the written text has been heard. `joining` joins
what the person says.
"""
