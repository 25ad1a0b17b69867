"""The one tree of errors of the box.

Each class has a `code`, a machine word that stays the same over releases: dialects choose their status
and sentence by it, screens choose their localised text by it. A message never holds personal data: it
goes to logs and to callers. `retryable` says whether the same call may succeed later unchanged.
Status codes do not live here: one dialect's 413 is another dialect's 400.
"""

from typing import ClassVar


class KycboxError(Exception):
    """Root of everything the box raises on purpose.

    Args:
        message: one sentence that says what is wrong, without personal data.
        remedy: one sentence that says what to do about it, or "".
        retry_after: seconds after which the call may be tried again, where that is known.

    Attributes:
        part: which of several pictures of a call it is about, "" where that is not told.
    """

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.retry_after = retry_after
        self.part = ""


# -- what a caller did ---------------------------------------------------------------------------


class RequestError(KycboxError):
    """The caller can mend it: another body, another credential, later."""

    code = "request"


class InvalidRequest(RequestError):
    """The request is not of the form its dialect's page gives."""

    code = "invalid_request"


class UnsupportedFormat(RequestError):
    """The bytes are not of a picture format that this route takes."""

    code = "unsupported_format"


class PictureUnreadable(RequestError):
    """The bytes begin like a picture and cannot be decoded."""

    code = "picture_unreadable"


class PictureTooLarge(RequestError):
    """Too many bytes, pixels or pages."""

    code = "picture_too_large"


class FileTooLarge(PictureTooLarge):
    """More bytes than the route takes; the pixels were not counted."""

    code = "file_too_large"


class DocumentUnreadable(RequestError):
    """Too little of the document could be read to rely on."""

    code = "document_unreadable"


class Unauthenticated(RequestError):
    """No credential, or one that is not known here."""

    code = "unauthenticated"


class TokenRefused(Unauthenticated):
    """A token that this box did not make, that was changed, or that is of another kind."""

    code = "token_refused"


class TokenExpired(TokenRefused):
    """A token whose time is over."""

    code = "token_expired"


class AccountClosed(TokenRefused):
    """A token of an account that was revoked."""

    code = "account_closed"


class InsufficientTokens(RequestError):
    """The credential's token counter is used up."""

    code = "insufficient_tokens"


class Forbidden(RequestError):
    """The credential is known and may not do this."""

    code = "forbidden"


class NotFound(RequestError):
    """No such thing, or not of this tenant."""

    code = "not_found"


class Conflict(RequestError):
    """It stands against what there is already: a name that is taken, a collection that is not empty."""

    code = "conflict"


class IdempotencyMismatch(RequestError):
    """An idempotency key that was used for another request before."""

    code = "idempotency_mismatch"


class TemplateRefused(RequestError):
    """Bytes given as a template: not made by this box, changed, or of another model than is wanted."""

    code = "template_refused"


class EkycRefused(RequestError):
    """An offline e-KYC file cannot be opened: wrong share code, damaged, or not such a file."""

    code = "ekyc_refused"


class BundleRefused(RequestError):
    """An encrypted capture is not taken. Subclasses say at which step."""

    code = "bundle_refused"


class BundleUnparsable(BundleRefused):
    """The bytes are no bundle of this format: a foreign one, a plain picture, or cut short."""

    code = "bundle_unparsable"


class BundleMetadata(BundleRefused):
    """The header cannot be read, does not fit the picture, is stale, or its nonce was used before."""

    code = "bundle_metadata"


class BundleStale(BundleMetadata):
    """The capture's time is too far from this box's clock."""

    code = "bundle_stale"


class BundleReplayed(BundleMetadata):
    """The bundle's nonce was used before."""

    code = "bundle_replayed"


class BundleUndecryptable(BundleRefused):
    """It was sealed to a key that this box does not have or has retired, or was changed on the way."""

    code = "bundle_undecryptable"


class ListRefused(RequestError):
    """A file is not a sanctions list of the format it should be; the message names file and line."""

    code = "list_refused"


class RateLimited(RequestError):
    """The credential's plan allows no more calls for now."""

    code = "rate_limited"
    retryable = True


# -- what the box cannot do now ------------------------------------------------------------------


class ServiceError(KycboxError):
    """The request was fine; the box could not answer it."""

    code = "service"


class NotInstalled(ServiceError):
    """A model or function that this box does not have; the message names what would add it."""

    code = "not_installed"


class Busy(ServiceError):
    """The inference pool and its queue are full."""

    code = "busy"
    retryable = True


class DecoderFailed(ServiceError):
    """The process that decodes pictures died or ran out of time on this input."""

    code = "decoder_failed"
    retryable = True


class ModelMissing(ServiceError):
    """A model that should be installed is not in the model folder."""

    code = "model_missing"


class ModelCorrupt(ServiceError):
    """A model file's SHA-256 is not the one its manifest pins, or its golden vector fails."""

    code = "model_corrupt"


class TemplateMismatch(ServiceError):
    """Two templates of different models were to be compared."""

    code = "template_mismatch"


class StorageFull(ServiceError):
    """No room on the data disk: nothing was written."""

    code = "storage_full"
    retryable = True


class StorageFailed(ServiceError):
    """The database refused or lost a write: nothing of the call was acknowledged."""

    code = "storage_failed"


# -- what an operator has to mend before the box starts ------------------------------------------


class StartError(KycboxError):
    """The command cannot go on. Printed as one message with its remedy; exit status not 0."""

    code = "start"


class ConfigInvalid(StartError):
    """A settings file or variable is wrong; the message names file, line and key."""

    code = "config_invalid"


class PortInUse(StartError):
    """Another process listens on the address."""

    code = "port_in_use"


class DataFolderInUse(StartError):
    """Another kycbox process holds the data folder."""

    code = "data_folder_in_use"


class DataFolderUnusable(StartError):
    """The data folder cannot be written, or was made by a newer release."""

    code = "data_folder_unusable"


class LedgerBroken(StartError):
    """The audit ledger does not verify."""

    code = "ledger_broken"


class BackupRefused(StartError):
    """A file is no backup, is damaged, or was made with another passphrase."""

    code = "backup_refused"
