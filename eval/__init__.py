"""What the NLU gets right, beside baselines on the same data. Run ``python -m eval``; ``python -m eval.compare``."""
