"""Keeps secrets out of logs and messages.

LiveKit's native library writes whole access tokens into its errors ("invalid token: eyJ..."), and other libraries log
the headers of their requests. So every text from outside passes through here before it is shown.
"""

from pipeline.text.secrets import hide_secrets as redact

__all__ = ["redact"]
