"""The record of who did what: written beside the change, chained, and never altered."""

from portal.audit import chain
from portal.audit.acts import Act
from portal.audit.looking import list_entries, seen_by, who_saw
from portal.audit.models import Entry, Head
from portal.audit.protection import protect
from portal.audit.recording import coming_from, record

chain.keep_for_every_session()

__all__ = [
    "Act",
    "Entry",
    "Head",
    "coming_from",
    "list_entries",
    "protect",
    "record",
    "seen_by",
    "who_saw",
]
