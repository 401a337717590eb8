"""Free places of all the company's services on one page."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.provider import bp
from app.web.vacancy_form import numbers, vacancy_form
from providers.services.confirming import confirm_own_vacancies
from providers.services.queries import places_to_confirm, services_of
from providers.services.vacancies import registered_places, to_come


@bp.route("/vacancies", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def vacancies() -> ResponseReturnValue:
    """What is free now, service by service, confirmed with one button. The address can ask for the stale ones only."""
    only_stale = request.args.get("which") == "stale"
    with look() as view:
        services = services_of(view.session, view.actor)
        stale = places_to_confirm(view.session, services, view.now)
        shown = stale if only_stale else services
        coming = to_come(view.session, [own.id for own in shown])
        form = vacancy_form(
            (own.service, registered_places(own.service, own.registration), tuple(coming.get(own.id, ())))
            for own in shown
        )
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                count = confirm_own_vacancies(doing.session, actor=doing.actor, places=numbers(form), now=doing.now)
                said = f"Free places of {count} service{'' if count == 1 else 's'} confirmed as of now"
                return doing.go(url_for("provider.today"), said)
        except Invalid as error:
            form.refuse(error)
    return (
        render_template(
            "provider/vacancies.html", form=form, only_stale=only_stale, stale=len(stale), total=len(services)
        ),
        form.status,
    )
