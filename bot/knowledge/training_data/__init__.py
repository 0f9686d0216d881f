"""The linter of ``data/nlu``: needs neither Rasa nor TensorFlow, so it starts at once."""
