"""All settings, in one file. Everything that differs between installations comes from the environment.

With an empty environment the file ``var/env`` (written by ``python -m apps.local``) is read, so that ``manage.py shell``
works beside a running installation. ``GRADATIM_ENV=production`` reads no file and refuses to start where something is
missing or unsafe. Every variable is described in docs/configuration.md; a test compares the two.
"""

import shlex
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from apps.site import caches, production, schema

ROOT = Path(__file__).resolve().parents[2]

env = environ.Env()
ENVIRONMENT = env.str("GRADATIM_ENV", "development")
if ENVIRONMENT not in ("development", "production"):
    raise ImproperlyConfigured("GRADATIM_ENV is neither development nor production: choose one of them.")
PRODUCTION = ENVIRONMENT == "production"
VAR = Path(env.str("GRADATIM_VAR", str(ROOT / "var")))
if not PRODUCTION and "DATABASE_URL" not in env.ENVIRON and (VAR / "env").is_file():
    env.read_env(VAR / "env")
if PRODUCTION and (refused := production.problems(env.ENVIRON)):
    raise ImproperlyConfigured("\n".join(["Production refuses to start.", *refused]))

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", "") or "development-only-" + "x" * 40
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
# Under any other name a stranger's page could lead a browser here and read what it gets (DNS rebinding).
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Forms are accepted from the address that people open, whatever the proxy in front tells of itself.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL] if PRODUCTION else [])
# Whether a reverse proxy of ours ends TLS and notes the client: only then are its headers believed.
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
    "axes",
    "csp",
    "apps.common",
    "apps.accounts",
    "apps.audit",
    "apps.webhooks",
    "apps.jobs",
    "apps.datasets",
    "apps.scores",
    "apps.curricula",
    "apps.runs",
    "apps.evaluations",
    "apps.metrics",
    "apps.comparisons",
    "apps.studies",
    "apps.shares",
    "apps.trash",
    "apps.site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.accounts.sessions.Renew",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.audit.asking.Note",
    "apps.site.nul.RefuseNul",
    "apps.common.mistakes.SayMistakes",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "apps.site.urls"
WSGI_APPLICATION = "apps.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "apps.jobs.notice_views.bell",
            ],
        },
    }
]

# -- database ---------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", "") or "postgres:///gradatim")}
# A pool tries a connection before it lends it: a database that was restarted costs no request.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 8), "timeout": 30}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- files ------------------------------------------------------------------------------------------------------------
STORAGE_ROOT = Path(env.str("STORAGE_ROOT", str(VAR / "store")))
JOBS_ROOT = Path(env.str("JOBS_ROOT", str(VAR / "jobs")))
# Files that people upload, until they are imported; web servers and workers of all machines must see it.
UPLOAD_ROOT = Path(env.str("UPLOAD_ROOT", str(VAR / "uploads")))
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 20_000_000_000)
# The most that a browser without scripts can send at once; with them a file goes in pieces.
UPLOAD_PLAIN_MAX_BYTES = env.int("UPLOAD_PLAIN_MAX_BYTES", 100_000_000)
FILE_UPLOAD_HANDLERS = ["apps.datasets.uploads.CappedUpload"]
# Folders of the server from which files can be registered: name=path,name=path
DATA_ROOTS = env.dict("DATA_ROOTS", default={})
# How old what was found in these folders may be where models are offered.
MODEL_LOOK_SECONDS = env.float("MODEL_LOOK_SECONDS", 30)
# What one search for a word may read of a dataset version before it hands back what it found, and how long it may take.
SEARCH_BYTES = env.int("SEARCH_BYTES", 500_000_000)
SEARCH_SECONDS = env.float("SEARCH_SECONDS", 10)

# -- accounts ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# Whether anybody may make an account; otherwise people join by invitation.
OPEN_SIGNUP = env.bool("OPEN_SIGNUP", False)
# Asked for when the first account is made; production makes none in the browser without it.
SETUP_KEY = env.str("SETUP_KEY", "")
SIGN_INS = env.int("SIGN_INS", 20)  # posts of one address to the doors that take a password, a minute
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "apps.common.visitors.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "apps.site.views.locked_out"
CSRF_FAILURE_VIEW = "apps.site.views.csrf_failure"

# -- security ---------------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_AGE = int(env.float("SESSION_IDLE_HOURS", 72) * 3600)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
# A browser takes a __Host- cookie from this very host over https alone: no neighbouring subdomain can plant one.
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrftoken"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000) if PRODUCTION else 0
# Other hosts below ours are not ours to speak for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # Plotly sets inline styles on the nodes it makes; scripts never need such an exception.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR / "static")))
STATICFILES_DIRS = [ROOT / "static", ("orders", ROOT / "docs/images/orders")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "apps.common.finders.PackageFinder",
]
# True: straight from the sources, without `manage.py prepare` (development and tests).
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "apps.site.statics.StaticStorage"},
}
if WHITENOISE_USE_FINDERS:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# -- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "apps.accounts.authentication.TokenScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.common.api.Pages",
    "EXCEPTION_HANDLER": "apps.common.api.handle",
}
SPECTACULAR_SETTINGS = schema.SETTINGS

# -- jobs: the row is the truth, a message only wakes a worker ----------------------------------------------------------
JOB_HEARTBEAT = env.float("JOB_HEARTBEAT", 10.0)
JOB_LEASE = env.float("JOB_LEASE", 60.0)
# How long a run that is trained elsewhere may say nothing.
JOB_SILENCE = env.float("JOB_SILENCE", 24 * 3600.0)
JOB_SWEEP = env.float("JOB_SWEEP", 10.0)
JOB_CANCEL_POLL = env.float("JOB_CANCEL_POLL", 2.0)
JOB_CANCEL_GRACE = env.float("JOB_CANCEL_GRACE", 20.0)
JOB_FLUSH = env.float("JOB_FLUSH", 3.0)
JOB_MAX_ATTEMPTS = env.int("JOB_MAX_ATTEMPTS", 3)
JOB_LOG_LINES = env.int("JOB_LOG_LINES", 20_000)
# What a job's process may allocate, in bytes (RLIMIT_DATA, of Linux); 0: all that the machine gives.
JOB_MEMORY = env.int("JOB_MEMORY", 0)
# New jobs are refused while less than this is free where artifacts and job folders lie, in bytes.
DISK_KEPT_FREE = env.int("DISK_KEPT_FREE", 1_000_000_000)
# Packages whose modules are the kinds of jobs that a worker can do; the first that has one is taken.
JOB_KINDS = env.list("JOB_KINDS", default=["workers.kinds"])
# What runs the job in a folder, which is its last argument; empty: python -m gradatim work.
JOB_COMMAND = shlex.split(env.str("JOB_COMMAND", ""))

# -- webhooks: sent by the scheduler's process ---------------------------------------------------------------------------
WEBHOOK_TIMEOUT = env.float("WEBHOOK_TIMEOUT", 10.0)
# How often what is due is looked for.
WEBHOOK_LOOK = env.float("WEBHOOK_LOOK", 2.0)
# Seconds until a message that did not arrive is tried again, and again; after the last it is given up.
WEBHOOK_DELAYS = [float(delay) for delay in env.list("WEBHOOK_DELAYS", default=["10", "60", "600", "3600", "21600"])]
# A webhook is switched off after so many tries in a row that failed.
WEBHOOK_OFF_AFTER = env.int("WEBHOOK_OFF_AFTER", 20)
WEBHOOK_LOG_DAYS = env.int("WEBHOOK_LOG_DAYS", 30)
# Whether addresses inside the server's own network may be told, and over http.
WEBHOOK_PRIVATE = env.bool("WEBHOOK_PRIVATE", False)

CELERY_BROKER_URL = env.str("BROKER_URL", "") or "redis://127.0.0.1:6379/0"
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 43200}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

CACHES = {"default": caches.cache(broker_url=CELERY_BROKER_URL, cache_url=env.str("CACHE_URL", ""))}

# -- pages ------------------------------------------------------------------------------------------------------------
SHARE_DAYS = env.int("SHARE_DAYS", 30)
# How long what lies in the trash can be restored.
TRASH_DAYS = env.int("TRASH_DAYS", 30)
# How often one address may open share links, a minute.
SHARE_OPENS = env.int("SHARE_OPENS", 60)
# How long a figure of a shared page is answered from memory before it is drawn anew; 0: not at all.
SHARE_KEPT_SECONDS = env.float("SHARE_KEPT_SECONDS", 2.0)
POLL_RUNNING = env.float("POLL_RUNNING", 2.0)
POLL_NOTICES = env.float("POLL_NOTICES", 30.0)
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A refused request is the visitor's affair; with its traceback it would drown what really broke.
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
