"""Records conversations: both sides as they were heard, in an Ogg file, and what was said in a JSON file beside it."""
