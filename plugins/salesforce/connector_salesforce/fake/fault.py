"""Errors as Salesforce sends them: an array with one object for a call, or a row of a collection (reference 2.3)."""

from collections.abc import Sequence


class ApiError(Exception):
    """`status` counts where the call itself fails; in a collection the row fails alone."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)

    def array(self) -> list[dict[str, object]]:
        rest = {"fields": self.fields} if self.fields else {}
        return [{"message": self.message, "errorCode": self.code, **rest}]

    def row(self) -> dict[str, object]:
        """In a collection the key is ``statusCode`` (reference 2.2)."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    return ApiError(404, "NOT_FOUND", message)


def bad_json(message: str) -> ApiError:
    return ApiError(400, "JSON_PARSER_ERROR", message)
