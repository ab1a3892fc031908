"""Every address under /api/v1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.common import methods_api
from apps.comparisons import api as comparisons
from apps.curricula import api as curricula
from apps.curricula import meter_api
from apps.datasets import api as datasets
from apps.datasets import tokenizer_api as tokenizers
from apps.evaluations import api as evaluations
from apps.jobs import api as jobs
from apps.jobs import notice_api as notices
from apps.jobs import worker_api as workers
from apps.runs import api as runs
from apps.runs import consumed_api as consumed
from apps.runs import elsewhere_api as elsewhere
from apps.runs import mark_api as marks
from apps.runs import saved_view_api as views
from apps.scores import api as scores
from apps.search import api as search
from apps.shares import api as shares
from apps.studies import api as studies
from apps.trash import api as trash
from apps.trash.kinds import KINDS
from apps.webhooks import api as webhooks

app_name = "api"

#: under projects/<uuid:pk>/
of_project = [
    ("members", accounts.MemberList),
    ("invitations", accounts.InvitationList),
    ("audit", audit.AuditList),
    ("webhooks", webhooks.WebhookList),
    ("jobs", jobs.JobList),
    ("datasets", datasets.DatasetList),
    ("versions", datasets.VersionList),
    ("files", datasets.FileList),
    ("tokenizers", tokenizers.TokenizerList),
    ("scores", scores.ScoreSetList),
    ("curricula", curricula.CurriculumList),
    ("runs", runs.ProjectRunList),
    ("views", views.SavedViewList),
    ("suites", evaluations.SuiteList),
    ("comparisons", comparisons.ProjectComparisonList),
    ("studies", studies.StudyList),
    ("shares", shares.ShareList),
]

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("methods/presets/", methods_api.presets, name="order-presets"),
    path("methods/<slug:name>/", methods_api.methods, name="methods"),
    path("projects/", accounts.ProjectList.as_view(), name="projects"),
    path("search/", search.search, name="search"),
    path("projects/<uuid:pk>/", accounts.project, name="project"),
    *(path(f"projects/<uuid:pk>/{name}/", view.as_view(), name=f"project-{name}") for name, view in of_project),
    path("members/<uuid:pk>/", accounts.member, name="member"),
    path("invitations/<uuid:pk>/", accounts.invitation, name="invitation"),
    path("jobs/<uuid:pk>/", jobs.job, name="job"),
    path("jobs/<uuid:pk>/log/", jobs.log, name="job-log"),
    path("jobs/<uuid:pk>/cancel/", jobs.cancel, name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", jobs.retry, name="job-retry"),
    path("jobs/<uuid:pk>/priority/", jobs.priority, name="job-priority"),
    path("webhooks/<uuid:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<uuid:pk>/test/", webhooks.test, name="webhook-test"),
    path("webhooks/<uuid:pk>/deliveries/", webhooks.DeliveryList.as_view(), name="webhook-deliveries"),
    path("notices/", notices.NoticeList.as_view(), name="notices"),
    path("notices/read/", notices.mark_read, name="notices-read"),
    path("workers/", workers.WorkerList.as_view(), name="workers"),
    path("workers/<str:name>/", workers.worker, name="worker"),
    path("datasets/<uuid:pk>/", datasets.dataset, name="dataset"),
    path("versions/<uuid:pk>/", datasets.version, name="version"),
    path("versions/<uuid:pk>/import-again/", datasets.import_again, name="import-again"),
    path("versions/<uuid:pk>/samples/", datasets.samples, name="version-samples"),
    path("versions/<uuid:pk>/agreement/", scores.agreement, name="version-agreement"),
    path("versions/<uuid:pk>/exports/", datasets.ExportList.as_view(), name="exports"),
    path("exports/<uuid:pk>/", datasets.export, name="export"),
    path("exports/<uuid:pk>/file/", datasets.export_file, name="export-file"),
    path("files/<uuid:pk>/", datasets.file, name="file"),
    path("projects/<uuid:pk>/tokenizers/bring/", tokenizers.bring, name="tokenizer-bring"),
    path("tokenizers/<uuid:pk>/", tokenizers.tokenizer, name="tokenizer"),
    path("projects/<uuid:pk>/score-files/", scores.score_file, name="score-file"),
    path("scores/<uuid:pk>/", scores.score_set, name="score-set"),
    path("projects/<uuid:pk>/curricula/preview/", curricula.preview, name="curriculum-preview"),
    path("curricula/<uuid:pk>/", curricula.curriculum, name="curriculum"),
    path("curricula/<uuid:pk>/versions/", curricula.CurriculumVersionList.as_view(), name="curriculum-versions"),
    path("curriculum-versions/<uuid:pk>/", curricula.version, name="curriculum-version"),
    path("curriculum-versions/<uuid:pk>/yaml/", curricula.document, name="curriculum-yaml"),
    path("curriculum-versions/<uuid:pk>/diff/", curricula.diff, name="curriculum-diff"),
    path("curriculum-versions/<uuid:pk>/plans/", curricula.PlanList.as_view(), name="plans"),
    path("plans/<uuid:pk>/", curricula.plan, name="plan"),
    path("plans/<uuid:pk>/meters/", meter_api.plan, name="plan-meters"),
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/<uuid:pk>/", runs.run, name="run"),
    path("runs/views/<uuid:pk>/", views.saved_view, name="saved-view"),
    path("projects/<uuid:pk>/runs-elsewhere/", elsewhere.create, name="runs-elsewhere"),
    path("runs/<uuid:pk>/metrics/", elsewhere.log, name="run-metrics"),
    path("runs/<uuid:pk>/end/", elsewhere.end, name="run-end"),
    path("runs/<uuid:pk>/star/", marks.star, name="run-star"),
    path("runs/<uuid:pk>/baseline/", marks.baseline, name="run-baseline"),
    path("runs/<uuid:pk>/resume/", runs.resume, name="run-resume"),
    path("runs/<uuid:pk>/control/", runs.control, name="run-control"),
    path("runs/<uuid:pk>/checkpoint/", runs.checkpoint, name="checkpoint"),
    path("runs/<uuid:pk>/checkpoint/<str:name>/", runs.checkpoint_file, name="checkpoint-file"),
    path("runs/<uuid:pk>/certificate/", consumed.certificate, name="run-certificate"),
    path("runs/<uuid:pk>/steps/<int:step>/", consumed.step, name="run-step"),
    path("runs/<uuid:pk>/series/", runs.series, name="run-series"),
    path("runs/<uuid:pk>/figures/<slug:name>/", runs.figure, name="run-figure"),
    path("projects/<uuid:pk>/suites/bring/", evaluations.bring, name="suite-bring"),
    path("suites/<uuid:pk>/", evaluations.suite, name="suite"),
    path("runs/<uuid:pk>/evaluations/", evaluations.EvaluationList.as_view(), name="run-evaluations"),
    path("evaluations/<uuid:pk>/", evaluations.evaluation, name="evaluation"),
    path("comparisons/", comparisons.ComparisonList.as_view(), name="comparisons"),
    path("comparisons/<uuid:pk>/", comparisons.comparison, name="comparison"),
    path("compare/figures/<slug:name>/", comparisons.figure, name="compare-figure"),
    path("compare/table/", comparisons.table, name="compare-table"),
    path("compare/diagnostics/", comparisons.diagnostics, name="compare-diagnostics"),
    path("projects/<uuid:pk>/studies/forecast/", studies.forecast, name="studies-forecast"),
    path("studies/<uuid:pk>/", studies.study, name="study"),
    path("studies/<uuid:pk>/cancel/", studies.cancel, name="study-cancel"),
    path("shares/<uuid:pk>/", shares.share, name="share"),
    path("shares/<uuid:pk>/rotate/", shares.rotate, name="share-rotate"),
    path("projects/<uuid:pk>/trash/", trash.trash, name="trash"),
]
for name in KINDS:
    item, restore = trash.of_kind(name)
    urlpatterns += [
        path(f"trash/{name}/<uuid:pk>/", item, name=f"trash-{name}"),
        path(f"trash/{name}/<uuid:pk>/restore/", restore, name=f"restore-{name}"),
    ]
