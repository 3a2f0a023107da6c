"""The media plane: each stage moves data and decides nothing."""
