"""Every address of the application. Each app names its own; shared pages have their own addresses in apps.shares."""

from django.urls import include, path

from apps.site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("demo/", views.open_demo, name="demo"),
    path("demo/tour/", views.tour, name="demo-tour"),
    path("demo/enter/", views.enter_demo, name="demo-entry"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path("accounts/login/", views.SignIn.as_view(), name="login"),
    path("accounts/logout/", views.sign_out, name="logout"),
    path("", include("apps.common.urls")),
    path("", include("apps.common.method_urls")),
    path("", include("apps.search.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.audit.urls")),
    path("", include("apps.jobs.urls")),
    path("", include("apps.webhooks.urls")),
    path("", include("apps.datasets.urls")),
    path("", include("apps.datasets.tokenizer_urls")),
    path("", include("apps.scores.urls")),
    path("", include("apps.curricula.urls")),
    path("", include("apps.curricula.meter_urls")),
    path("", include("apps.runs.urls")),
    path("", include("apps.evaluations.urls")),
    path("", include("apps.comparisons.urls")),
    path("", include("apps.studies.urls")),
    path("", include("apps.shares.urls")),
    path("", include("apps.trash.urls")),
    path("", include("apps.shares.public_urls")),
    path("api/v1/", include("apps.site.api_urls")),
]

handler400 = "apps.site.views.bad_request"
handler403 = "apps.site.views.permission_denied"
handler404 = "apps.site.views.page_not_found"
handler500 = "apps.site.views.server_error"
