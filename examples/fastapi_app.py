"""A FastAPI application with private videos: one signed URL, many at once, or cookies for a folder.

export CLOUDFRONT_SIGNER_DOMAIN=media.example.com CLOUDFRONT_SIGNER_KEY_PAIR_ID=K2JCJMDEHXQW5F
export CLOUDFRONT_SIGNER_PRIVATE_KEY=private_key.pem
uvicorn --app-dir examples fastapi_app:app
"""

import asyncio
from datetime import timedelta
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, SignedCookies, quote_path

app = FastAPI(title="Private videos")


@lru_cache
def signer() -> CloudFrontSigner:
    """Reads and checks the key once. Tests replace it through app.dependency_overrides."""
    return CloudFrontSigner.from_env()


Signer = Annotated[CloudFrontSigner, Depends(signer)]


def url_of(signer: CloudFrontSigner, name: str) -> str:
    return f"https://{signer.domain}/videos/{quote_path(name)}"


@app.exception_handler(CloudFrontSignerError)
async def refused(request: Request, error: CloudFrontSignerError) -> JSONResponse:
    """A name that no URL can have. The message holds no key material."""
    return JSONResponse({"error": str(error)}, status_code=422)


@app.get("/videos/{name:path}")
async def video(name: str, signer: Signer) -> RedirectResponse:
    url = signer.sign_url(url_of(signer, name), expires=timedelta(minutes=5))
    return RedirectResponse(url, headers={"cache-control": "no-store"})


@app.post("/playlist")
async def playlist(names: list[str], signer: Signer) -> list[str]:
    """Many signatures take a while: make them in a thread, on all cores, without the GIL."""
    urls = [url_of(signer, name) for name in names]
    return await asyncio.to_thread(signer.sign_urls, urls, expires=timedelta(hours=1))


@app.post("/session", status_code=204)
async def enter(response: Response, signer: Signer) -> None:
    """Cookies for everything below /videos/. A real application checks first who asks."""
    cookies = signer.sign_cookies(f"https://{signer.domain}/videos/*", expires=timedelta(hours=2))
    cookies.set_on(response, domain="example.com", same_site="Lax")


@app.delete("/session", status_code=204)
async def leave(response: Response) -> None:
    SignedCookies.clear_on(response, domain="example.com")
