"""The commands of `python -m bot`: each is a module here with `main(argv) -> exit code`, listed in `bot.command_line`.

Modules import heavy packages only after they have read their arguments, so that --help is quick.
"""
