"""The web application: where settings, tables, plugins, pages and FAB meet."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.base import SQLA
from jinja2 import StrictUndefined
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from typing_extensions import override
from werkzeug.routing import IntegerConverter
from whitenoise import WhiteNoise

from portal import tables
from portal.api import routes
from portal.core import crypto
from portal.core.database import engine_options, prepare
from portal.documents import store
from portal.identity import service as identity
from portal.jobs import queue
from portal.privacy import service as privacy
from portal.screening import plugins
from portal.settings import Settings
from portal.web import gate, language, pages, provider, refusals, security, shell, sights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Engine

log = logging.getLogger(__name__)
MEGABYTE = 1024 * 1024
FORM_PARTS = 100
LONGEST = timedelta(hours=12)
YEAR = 365 * 24 * 3600


class Frame(AppBuilder):
    """FAB without the pages of its own: sign-in, tables of users, registration of views, tokens."""

    @override
    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(pages.Home)
        self.sm.register_views()


class _ShortNumber(IntegerConverter):
    """A number in an address: what is too long for a column is no address of ours."""

    regex = r"\d{1,9}"


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application. Nothing is created in the database: `portal setup` does that.

    Raises:
        BadOutside: the directory or provider that vouches for people is not set up in full.
        PluginError: a plugin cannot be used; better no portal than one that skips its checks.
        WrongKey: the master keys are not those of this database.
    """
    plugins.standard()
    settings = (settings or Settings()).with_keys()
    _put_in_place(settings)
    app = Flask("portal")
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = _ShortNumber
    app.config.update(_config(settings))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    database = SQLA(app, metadata=tables.Model.metadata)
    app.extensions["portal.settings"] = settings
    security.guard(app)
    gate.name_routes(app)
    with app.app_context():
        prepare(database.engine)
        _confirm_keys(database.engine)
        frame = Frame(app, database.session, security_manager_class=security.SignInManager)
        for view in pages.VIEWS:
            frame.add_view_no_menu(view)
    routes.serve(app)
    language.speak(app)
    shell.furnish(app)
    refusals.show_refusals(app)
    sights.note_all(app, refusals.busy_answer)
    _serve_files(app, fresh=settings.debug)
    app.wsgi_app = gate.Gate(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app


def _put_in_place(settings: Settings) -> None:
    """Set this process up: the keys that seal fields, the folder of files, the queue of jobs."""
    crypto.put_in_place(crypto.Keyring(settings.masters(), settings.crypto))
    store.put_in_place(settings.data_dir)
    identity.put_outside(settings)
    queue.put_in_place(queue.open_queue(_absolute(settings.database), settings.data_dir))


def _confirm_keys(engine: Engine) -> None:
    """Refuse to start with keys that do not open this database; without one, it starts to wait."""
    try:
        with Session(engine) as session:
            privacy.confirm(session, crypto.ring())
    except OperationalError:
        log.warning("the database is away: whether the keys open it was not looked at")


def _config(settings: Settings) -> dict[str, Any]:
    secret = settings.secret_key.get_secret_value()
    return {
        "SECRET_KEY": secret,
        "JWT_SECRET_KEY": security.token_key(secret),
        "SQLALCHEMY_DATABASE_URI": _absolute(settings.database),
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database),
        "MAX_CONTENT_LENGTH": settings.upload_megabytes * MEGABYTE,
        "MAX_FORM_PARTS": FORM_PARTS,
        # The prefix makes a browser refuse the cookie from anything but this very host by https.
        "SESSION_COOKIE_NAME": "__Host-sicha" if settings.secure_cookies else "sicha",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": LONGEST,
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": language.DEFAULT,
        "LANGUAGES": {code: {"name": name} for code, name in language.LANGUAGES.items()},
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_SECURITY_VIEWS": False,
        "FAB_PASSWORD_HASH_METHOD": settings.password_method,
        "APP_NAME": "Sicha",
        **provider.configuration(settings),
    }


def _absolute(address: str) -> str:
    """Return `address` so that a SQLite file is looked for where the command line looks."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return address
    return str(url.set(database=str(Path(str(url.database)).absolute())))


def _serve_files(app: Flask, *, fresh: bool) -> None:
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        inner, root=str(shell.STATIC), prefix="static/", autorefresh=fresh, max_age=YEAR,
        allow_all_origins=False,
    )  # fmt: skip
