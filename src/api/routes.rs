//! Which URLs does the server answer?

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, get};
use model::{Code, Issue};

use crate::app::App;
use crate::{error, fhir, health, metrics, pages, schemas, smart, stack};

/// Where the FHIR base is.
pub(crate) const BASE: &str = "/fhir";

/// Every URL, in one table.
pub fn router(app: Arc<App>) -> Router {
    let router = Router::new()
        .route("/fhir", any(fhir::handle))
        .route("/fhir/", any(fhir::handle))
        .route("/fhir/{*path}", any(fhir::handle))
        .merge(smart::routes())
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/schemas/{file}", get(schemas::show))
        .route("/auth/style/{file}", get(pages::style::show));
    pages::paths()
        .fold(router, |router, path| router.route(path, any(pages::handle)))
        .fallback(unknown_path)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&app), stack::handle))
        .with_state(app)
}

async fn unknown_path(State(_): State<Arc<App>>, request: Request<axum::body::Body>) -> Response {
    nothing_at(request.uri().path())
}

/// Says that nothing is found at a path.
pub(crate) fn nothing_at(path: &str) -> Response {
    let message = format!("nothing is found at `{path}`; the FHIR base is `{BASE}`");
    error::answer(&Issue::error(Code::UnknownPath, message).into())
}

async fn method_not_allowed(request: Request<axum::body::Body>) -> Response {
    let message = format!("`{}` does not answer {}", request.uri().path(), request.method());
    error::answer(&Issue::error(Code::MethodNotAllowed, message).into())
}
