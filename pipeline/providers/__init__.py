"""One wire protocol a file: pure encoding and decoding, and a thin warm connection. Nothing else imports a vendor."""
