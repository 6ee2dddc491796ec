"""Tables of sign-ins, second factors and attempts."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import Sealed
from portal.core.database import Digest, Instant, Key, Model, Reference, SealedBytes, Tenant


class Stage(StrEnum):
    """How far somebody has come through the door."""

    CODE = "code"  # the password was right, the one-time code is still to come
    ENROL = "enrol"  # signed in, but a second factor has to be set up before anything else
    OPEN = "open"


class Channel(StrEnum):
    """By what one came in."""

    WEB = "web"
    API = "api"


class SignIn(Model):
    """One person signed in once, in one browser or program: the session itself.

    The browser holds `token` in the clear, this row its digest. `version` is the account's
    `session_version` at the time: raising that ends every session of the account at once.
    """

    __tablename__ = "sign_in"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token"),
        Index(None, "tenant_id", "user_id", "started_at"),
    )

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    token: Mapped[Digest]
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    channel: Mapped[str] = mapped_column(String(10), comment="a value of Channel")
    stage: Mapped[str] = mapped_column(String(10), comment="a value of Stage")
    version: Mapped[int]
    idle_minutes: Mapped[int]
    started_at: Mapped[Instant]
    seen_at: Mapped[Instant] = mapped_column(comment="kept to about a minute")
    proved_at: Mapped[Instant] = mapped_column(comment="when password and factor last were given")
    device: Mapped[str] = mapped_column(String(60), comment="browser and system, no more")
    address: Mapped[str] = mapped_column(String(45))
    ended_at: Mapped[Instant | None]
    ended_why: Mapped[str] = mapped_column(String(20), default="")


class Factor(Model):
    """Somebody's generator of one-time codes; proposed in one session until it is confirmed."""

    __tablename__ = "factor"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "confirmed"),)

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    seed_sealed: Mapped[SealedBytes]
    confirmed: Mapped[bool]
    proposed_in: Mapped[Reference] = mapped_column(comment="the sign-in that may confirm it")
    last_step: Mapped[int] = mapped_column(BigInteger, comment="the last time step used up")
    at: Mapped[Instant]

    seed = Sealed("seed_sealed")


class RecoveryCode(Model):
    """One code for who lost their generator: kept as a keyed digest, good for once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "code"),)

    tenant_id: Mapped[Tenant]
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    code: Mapped[Digest]
    used_at: Mapped[Instant | None]


class Throttle(Model):
    """How often something was got wrong of late; `about` is a keyed digest of name or address.

    Rows belong to no tenant (0): whether a name has one must not show.
    """

    __tablename__ = "throttle"

    tenant_id: Mapped[Tenant]
    about: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int]
    since: Mapped[Instant]
    locked_until: Mapped[Instant | None]
