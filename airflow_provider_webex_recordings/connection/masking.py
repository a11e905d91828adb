"""Making Airflow mask secrets in its logs."""

from __future__ import annotations

from urllib.parse import quote, quote_plus


def mask(*secrets: str) -> None:
    """Make Airflow mask secrets in every log of this process, and of the one that supervises it."""
    try:
        from airflow.sdk.log import mask_secret
    except ImportError:
        from airflow.utils.log.secrets_masker import mask_secret  # type: ignore[no-redef]
    for form in _forms(secrets):
        mask_secret(form)


async def amask(*secrets: str) -> None:
    """Mask as `mask` does, without blocking the triggerer's event loop."""
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:
        mask(*secrets)
        return
    for form in _forms(secrets):
        await amask_secret(form)


def _forms(secrets: tuple[str, ...]) -> list[str]:
    # A secret in a URL or a form is percent-encoded, and Airflow masks only what it knows letter by letter.
    forms = (form for secret in secrets if secret for form in (secret, quote(secret, safe=""), quote_plus(secret)))
    return list(dict.fromkeys(forms))
