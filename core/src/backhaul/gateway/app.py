"""The application: every address of the gateway over one composed deployment."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI

from backhaul import __version__
from backhaul.bootstrap import Backhaul
from backhaul.gateway.admission import admit
from backhaul.gateway.answers_to_errors import add_error_answers
from backhaul.gateway.back_offices import back_offices_router
from backhaul.gateway.deliveries import deliveries_router
from backhaul.gateway.inbound import inbound_router
from backhaul.gateway.lingering import Lingering
from backhaul.gateway.process_calls import processes_router
from backhaul.gateway.records import records_router
from backhaul.gateway.shield import Shield


def create_app(backhaul: Backhaul) -> FastAPI:
    """The API below ``/v1`` and the addresses of back offices below ``/inbound``.

    Everything that reads or writes the store runs in worker threads. Closing `backhaul` is up to its owner.
    """
    # The pages of the framework load scripts from elsewhere, so only the document itself is served. Its own
    # telemetry would carry texts of errors and search keys to wherever the environment says.
    app = FastAPI(
        title="Backhaul",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.backhaul = backhaul
    add_error_answers(app)
    v1 = APIRouter(prefix="/v1", dependencies=[Depends(admit)])
    for router in (processes_router(), deliveries_router(), back_offices_router(), records_router()):
        v1.include_router(router)
    app.include_router(v1)
    app.include_router(inbound_router())
    app.add_middleware(Shield)
    app.add_middleware(Lingering)  # around the shield, whose own answers must be readable too
    return app
