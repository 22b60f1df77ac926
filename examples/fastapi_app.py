"""A FastAPI application with private videos: one signed URL, many at once, or cookies for a folder.

export CLOUDFRONT_SIGNER_DOMAIN=media.example.com CLOUDFRONT_SIGNER_KEY_PAIR_ID=K2JCJMDEHXQW5F
export CLOUDFRONT_SIGNER_PRIVATE_KEY=private_key.pem
uvicorn --app-dir examples fastapi_app:app
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.starlette import CloudFront

app = FastAPI(title="Private videos")
# Reads the settings and the key once, for the first request. Tests replace it through app.dependency_overrides.
cloudfront = CloudFront()
Signed = Annotated[CloudFront, Depends(cloudfront)]


@app.exception_handler(CloudFrontSignerError)
async def refused(request: Request, error: CloudFrontSignerError) -> JSONResponse:
    """A name that no URL can have. The message holds no key material."""
    return JSONResponse({"error": str(error)}, status_code=422)


@app.get("/videos/{name:path}")
async def video(name: str, cloudfront: Signed) -> RedirectResponse:
    url = cloudfront.signed_url(f"videos/{name}", expires="5m")
    return RedirectResponse(url, headers={"cache-control": "no-store"})


@app.post("/playlist")
async def playlist(names: list[str], cloudfront: Signed) -> list[str]:
    """Many signatures take longer: a thread makes them on all cores, while the event loop runs."""
    return await cloudfront.signed_urls((f"videos/{name}" for name in names), expires="1h")


@app.post("/session", status_code=204)
async def enter(request: Request, response: Response, cloudfront: Signed) -> None:
    """Cookies for everything below /videos/. A real application first checks who is asking."""
    cloudfront.set_signed_cookies(
        response, "/videos/*", request=request, expires="2h", domain="example.com", same_site="Lax"
    )


@app.delete("/session", status_code=204)
async def leave(response: Response, cloudfront: Signed) -> None:
    cloudfront.clear_signed_cookies(response, domain="example.com")
