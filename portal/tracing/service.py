"""The door of this part: cases, contact log, drafts, outcomes, identity, reminders."""

from __future__ import annotations

from portal.tracing import cases, contacts, drafts, outcomes, reminding
from portal.tracing import registration as papers

add_contact = contacts.add_contact
list_contacts = contacts.list_contacts
get_contact = contacts.get_contact
channels_tried = contacts.channels_tried
searches = contacts.searches

set_outcome = outcomes.set_outcome
list_outcomes = outcomes.list_outcomes

find_case = cases.find_case
list_cases = cases.list_cases
assign = cases.assign
assign_open = cases.assign_open
inquire = cases.inquire
decide = cases.decide
proposed = cases.proposed

find_draft = drafts.find_draft
keep_draft = drafts.keep_draft
drop_draft = drafts.drop_draft

registration = papers.registration

remind = reminding.remind
remind_all = reminding.remind_all
