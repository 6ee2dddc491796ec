"""Telling a wrong master key at once, in words, and not with the first field that stays shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from portal.core.crypto import KeyMissing, Keyring
from portal.core.suites import InvalidTag
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.privacy.models import KeyCheck
from portal.privacy.sealed import tables
from portal.scope import service as scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class WrongKey(KeyMissing):
    """The master keys given are not those of this database."""

    def __init__(self, words: Words) -> None:
        super().__init__(str(words))
        self.words = words


def confirm(session: Session, ring: Keyring) -> None:
    """Return quietly if `ring` opens this database, or nothing is known about its keys yet.

    Raises:
        WrongKey: a key is not the one of its name, or none of those in use was given.
    """
    if not inspect(session.connection()).has_table(KeyCheck.__tablename__):
        return
    known = {name: proof for name, proof in session.execute(select(KeyCheck.name, KeyCheck.proof))}  # noqa: C416  a row is no pair
    wrong = [n for n in ring.names if n in known and known[n] != ring.check_value(n)]
    if wrong:
        raise WrongKey(_other(", ".join(wrong)))
    if known and not set(known) & set(ring.names):
        raise WrongKey(_missing(", ".join(sorted(known))))
    if not known:
        bound = scope.current(session)
        here = [bound.tenant] if bound else [t.id for t in organizations.list_tenants(session)]
        for tenant_id in here:
            with scope.beyond(session, scope.Reason.KEYS, tenant_id):
                _try(session, ring, tenant_id)


def register(session: Session, ring: Keyring) -> None:
    """Note the keys of `ring` in the database, after making sure that they open it.

    Raises:
        WrongKey: they do not.
    """
    confirm(session, ring)
    known = set(session.scalars(select(KeyCheck.name)))
    for name in ring.names:
        if name not in known:
            session.add(KeyCheck(name=name, proof=ring.check_value(name)))
    session.flush()


def _try(session: Session, ring: Keyring, tenant_id: int) -> None:
    """Open one value of each sealed column: an older database has no other proof."""
    for table, columns in tables():
        for column in columns:
            query = select(table.c.id, column).where(column.is_not(None))
            row = session.execute(query.where(table.c.tenant_id == tenant_id).limit(1)).first()
            if row is None:
                continue
            try:
                ring.open(f"{table.name}.{column.name}", row[0], row[1])
            except (InvalidTag, KeyMissing) as shut:
                raise WrongKey(_other(", ".join(ring.names))) from shut


def _other(names: str) -> Words:
    return Words(
        f"主密钥 {names} 不是这个数据库用的那一把，打不开里面的密文。请换回原来的 "
        "PORTAL_MASTER_KEY（或数据目录里的 master.key）；数据没有改动",
        f"The master key {names} is not the one of this database and does not open it. Put the "
        "former PORTAL_MASTER_KEY (or master.key in the data folder) back; nothing was changed",
    )


def _missing(names: str) -> Words:
    return Words(
        f"这个数据库是用主密钥 {names} 加密的，现在一把也没有给出。请在 PORTAL_MASTER_KEY "
        "里写上它；数据没有改动",
        f"This database is sealed with the master key {names}, and none of these was given. "
        "Name it in PORTAL_MASTER_KEY; nothing was changed",
    )
