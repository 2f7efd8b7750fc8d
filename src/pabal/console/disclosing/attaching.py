"""What is known of somebody, as a file that a browser saves."""

from django.http import JsonResponse

from pabal.console.disclosing.exporting import Exported


def attachment(known: Exported | None, name: str) -> JsonResponse:
    """Answer with a file that people can read. name: of the file, in ASCII."""
    response = JsonResponse(known, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
