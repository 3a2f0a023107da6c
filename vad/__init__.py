"""Voice activity detection: plain arithmetic on audio, without asyncio and without a clock."""
