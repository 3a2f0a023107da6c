"""How scenes are made at random."""

from hypothesis import Phase, settings

AT_RANDOM = settings(deadline=None, max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""For scenes with hypothesis: a failing one prints its timeline; making it smaller would take minutes."""
