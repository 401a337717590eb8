"""The questions that an administrator answers about people and organisations."""

from __future__ import annotations

from marshmallow import Schema

from app.identity.status import KIND_WORDS, OrganisationKind
from app.web.fields import Choice, Email, Text


class InviteForm(Schema):
    """Whom to invite, as what."""

    email = Email("Email address", missing="Enter their email address", autocomplete="off")
    role = Choice("What they will do", missing="Choose what they will do")


class InviteAdministratorForm(Schema):
    """The first administrator of another organisation."""

    organisation_id = Choice("Organisation", kind="select", missing="Choose an organisation")
    email = Email("Email address", missing="Enter their email address", autocomplete="off")


class OrganisationForm(Schema):
    """A borough or an agency that joins the consortium, or a provider whose company does not sign itself up."""

    kind = Choice(
        "Kind of organisation",
        choices=[
            (kind.value, KIND_WORDS[kind])
            for kind in (OrganisationKind.BOROUGH, OrganisationKind.AGENCY, OrganisationKind.PROVIDER)
        ],
        missing="Choose the kind of organisation",
    )
    name = Text("Name", missing="Enter the organisation's name")
    short_code = Text(
        "Short code",
        hint="Begins the references of a borough, for example CRO",
        required=False,
        max_length=8,
        width=5,
        spellcheck=False,
    )
    gss_code = Text(
        "GSS code",
        hint="Of a borough, for example E09000008",
        required=False,
        max_length=9,
        width=10,
        spellcheck=False,
    )
    in_house_of = Choice(
        "In-house service of",
        kind="select",
        hint="Only for a provider that is a borough's own. Its services stand outside the competition",
        required=False,
    )
    company_number = Text("Company number", required=False, max_length=12, width=10, spellcheck=False)
    alert_email = Email("Email address for alerts", required=False, autocomplete="off")
