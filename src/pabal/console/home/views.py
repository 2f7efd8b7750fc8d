from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.campaigns.models import Campaign
from pabal.console.home.attention import wanting_a_look
from pabal.console.home.steps import steps_for
from pabal.console.reports import showing

_CAMPAIGNS = 5


@require_safe
@requires(Act.SEE_REPORTS)
def start(request: SignedInRequest) -> HttpResponse:
    """What is missing, what wants a look, and the last campaigns."""
    steps = steps_for(request.user, keeps_mails=settings.PABAL.keeps_mails)
    now = timezone.now()
    shown = Campaign.objects.filter(trial_of=None, archived_at=None).select_related("list")
    newest = shown.order_by("-created_at", "-pk")[:_CAMPAIGNS]
    context = {
        "steps": steps if any(not step.is_done for step in steps) else (),
        "left": sum(not step.is_done for step in steps),
        "attention": wanting_a_look(now),
        "keeps_mails": settings.PABAL.keeps_mails,
        "rows": showing.known_rows(list(newest), now)[0],
    }
    return render(request, "home/start.html", context)
