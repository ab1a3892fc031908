"""What belongs to a project as a whole, over the API: views of its table of runs, webhooks. A part of :class:`gradatim.client.Client`."""

from typing import Any

from gradatim import records
from gradatim.records import SavedView, Webhook
from gradatim.transport import Transport

Row = Any


class OfProject(Transport):
    """A view is the query of the table's address under a name, which everybody in the project finds above the table."""

    def views(self, project: Row) -> list[SavedView]:
        return self._list(f"projects/{_key(project)}/views/", SavedView)

    def save_view(self, project: Row, name: str, query: str = "", *, is_default: bool = False) -> SavedView:
        """Under a name that is there already its address is replaced."""
        asked = {"name": name, "query": query, "is_default": is_default}
        return self._made(f"projects/{_key(project)}/views/", SavedView, **asked)

    def change_view(self, view: Row, **changes) -> SavedView:
        """Another ``name`` or ``query``; ``is_default``: whether it is what the table opens with."""
        return records.of(SavedView, self._ask("PATCH", f"runs/views/{_key(view)}/", body=changes))

    def delete_view(self, view: Row) -> None:
        """It can be brought back on the page of the views for as long as the trash keeps things."""
        self._ask("DELETE", f"runs/views/{_key(view)}/")

    def webhooks(self, project: Row) -> list[Webhook]:
        return self._list(f"projects/{_key(project)}/webhooks/", Webhook)

    def create_webhook(self, project: Row, url: str) -> Webhook:
        """Have every end of a job sent to ``url``; the ``secret`` that signs it is in this answer alone."""
        return self._made(f"projects/{_key(project)}/webhooks/", Webhook, url=url)

    def delete_webhook(self, webhook: Row) -> None:
        self._ask("DELETE", f"webhooks/{_key(webhook)}/")


def _key(row: Row) -> str:
    return str(getattr(row, "id", row))
