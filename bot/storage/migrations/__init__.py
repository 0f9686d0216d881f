"""Alembic revisions of our own tables; run by ``bot.storage.migrate``, no ``alembic.ini`` is needed.

A change of ``tables.py`` needs a new file ``versions/rNNNN_what.py`` whose ``down_revision`` is the one before it;
``tests/integration/test_storage.py`` fails while the two differ. The tables of others (Rasa's ``events``) are ignored.
"""
