"""Speed and memory of the product, beside Rasa's starter pipeline on the same data. Run ``python -m bench``."""
