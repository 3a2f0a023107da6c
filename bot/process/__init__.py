"""The bot as a process: signals, logs, exit codes, the status line."""
