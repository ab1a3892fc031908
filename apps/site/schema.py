"""What the OpenAPI document says of itself, and the names that its enumerations get."""

SETTINGS = {
    "TITLE": "Gradatim",
    "DESCRIPTION": "What the pages do, for scripts: data, scores, curricula, runs, their series and figures, comparisons, jobs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "JobStatus": "apps.jobs.models.Status",
        "RoleEnum": "apps.accounts.models.Role",
        "VerdictState": ["pending", "equal", "different"],
        "ShareState": ["open", "revoked", "expired"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.common.api.document_problems",
    ],
}
