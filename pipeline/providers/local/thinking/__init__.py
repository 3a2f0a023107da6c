"""What answers without a key: rules, and a small language model."""
