"""Our part of a user's work: when it fails, the user's own work goes on."""

import contextlib
import logging

import psycopg2

_logger = logging.getLogger(__name__)


@contextlib.contextmanager
def quietly(env):
    """Whatever fails inside is undone and logged, never shown; what is missed so is found by the connector's poll.

    What the user has written so far is stored before, so that an error of it stays the user's own. A conflict with
    another transaction is no failure: Odoo runs the whole request again.
    """
    env.flush_all()
    try:
        with env.cr.savepoint():
            yield
    except psycopg2.OperationalError:
        raise
    except Exception:
        _logger.warning("PayLink: an event could not be noted and is left to the connector's poll", exc_info=True)
