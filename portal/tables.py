"""Every table there is. Imported where the whole schema counts: start-up, migrations, tests."""

from flask_appbuilder.security.sqla import models as fab

from portal.audit import models as audit
from portal.campaigns import models as campaigns
from portal.core.database import Model
from portal.duties import models as duties
from portal.exports import models as exports
from portal.identity import models as identity
from portal.imports import models as imports
from portal.jobs import models as jobs
from portal.members import models as members
from portal.notifications import models as notifications
from portal.once import models as once
from portal.organizations import models as organizations
from portal.privacy import models as privacy
from portal.reporting import models as reporting
from portal.screening import models as screening
from portal.tracing import models as tracing

__all__ = [
    "Model",
    "audit",
    "campaigns",
    "duties",
    "exports",
    "fab",
    "identity",
    "imports",
    "jobs",
    "members",
    "notifications",
    "once",
    "organizations",
    "privacy",
    "reporting",
    "screening",
    "tracing",
]
