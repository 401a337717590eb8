"""The questions that are asked of somebody who comes in, and of somebody who looks after their own account."""

from __future__ import annotations

from marshmallow import Schema

from app.identity.passwords import SHORTEST
from app.web.fields import Choice, Email, Password, Text

PASSWORD_HINT = f"{SHORTEST} characters or more, without your name. Three random words work well"


class SignInForm(Schema):
    """Who comes in."""

    email = Email(missing="Enter your email address", autocomplete="username")
    password = Password(missing="Enter your password")


class ForgottenForm(Schema):
    """Whose password is forgotten."""

    email = Email(
        missing="Enter your email address",
        hint="The one that you sign in with. We will send it a link to choose a new password",
        autocomplete="username",
    )


class NewPasswordForm(Schema):
    """A new password, after a link."""

    password = Password("New password", hint=PASSWORD_HINT, missing="Enter a new password", autocomplete="new-password")


class JoinForm(Schema):
    """Somebody new who was invited."""

    name = Text("Full name", missing="Enter your full name", autocomplete="name")
    password = Password(
        "Choose a password", hint=PASSWORD_HINT, missing="Enter a password", autocomplete="new-password"
    )


class SignUpForm(Schema):
    """A company that asks to come in."""

    company_name = Text(
        "Company name",
        hint="As it is registered at Companies House",
        missing="Enter the company's name",
        max_length=150,
        autocomplete="organization",
    )
    company_number = Text(
        "Company number",
        hint="8 characters, like 01234567 or OC123456",
        missing="Enter the company number",
        max_length=12,
        width=10,
        spellcheck=False,
    )
    person_name = Text("Your full name", missing="Enter your full name", autocomplete="name")
    email = Email(
        "Your work email address",
        missing="Enter your work email address",
        hint="We will send it a link to finish signing up",
    )


class ConfirmForm(Schema):
    """The password of a company's first person."""

    password = Password(
        "Choose a password", hint=PASSWORD_HINT, missing="Enter a password", autocomplete="new-password"
    )


class ChangePasswordForm(Schema):
    """The password now, and the next one."""

    current = Password("Current password", missing="Enter your current password")
    password = Password("New password", hint=PASSWORD_HINT, missing="Enter a new password", autocomplete="new-password")


class SwitchForm(Schema):
    """For whom to act."""

    organisation_id = Choice("Who are you acting for?", missing="Choose an organisation", heading=True)
