"""How long what the bot has said is on its way to the person's ear: so long it must not leave, nor end their call."""

ARRIVAL_DELAY = 0.5
"""Seconds from the moment in which a sample leaves the bot's queue until it is heard at the other side, at most.

Measured on one machine, from the sound at a caller to its echo there, which is twice the way: 77 to 113 ms (medians,
busy or not); and from the end of `say` to the silence there: 62 to 66 ms. A network adds some 100 ms, and a
receiver's jitter buffer 40 to 200: WebRTC's NetEq aims at the 95th percentile of how late packets come. A telephone
adds a buffer of its own. What is in a buffer when the track ends is never played.
"""
