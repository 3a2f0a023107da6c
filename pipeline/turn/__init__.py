"""The decisions: when a turn is over, what the person's speech does to the bot's, what is said next.

Pure: events carry their time, deadlines are values, and what is to be done comes out as commands. It knows no clock,
no event loop and no I/O, so that an hour of talk can be decided, and tested, in a moment.
"""
