//! What does a person see who signs in, agrees, and looks after it all later?
//!
//! Pages that the server writes whole: no script at all, one stylesheet, forms that work everywhere. [`PAGES`] lists
//! them. A page is a function from a [`Visit`] to an answer or to [`Trouble`], which is a page, too.

pub mod accounts;
mod apps;
mod authorize;
mod consent;
mod cookie;
mod frame;
mod guard;
mod html;
mod kept;
mod patient;
mod places;
mod records;
mod scopes;
mod sessions;
mod sign_in;
mod sign_out;
pub(crate) mod style;
mod tries;
mod visit;
mod words;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;

use crate::app::App;
use crate::routes;
use frame::Trouble;
use visit::{Visit, read};

/// What comes of a visit.
type Answer = Result<Response, Trouble>;

/// A page at work.
type Working<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// A page: where it is, and what it does.
struct Page {
    path: &'static str,
    /// Shows it.
    show: Option<for<'a> fn(&'a Visit) -> Working<'a>>,
    /// Takes what was sent by its form.
    take: Option<for<'a> fn(&'a Visit) -> Working<'a>>,
    /// Whose forms it takes.
    from: From,
}

/// Whose forms a page takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// Those of our own pages.
    Here,
    /// Anyone's: it only begins something, which the person settles on pages of ours.
    Anywhere,
}

/// Every page.
static PAGES: &[Page] = &[
    Page {
        path: "/auth/authorize",
        show: Some(|visit| Box::pin(authorize::begin(visit))),
        take: Some(|visit| Box::pin(authorize::begin(visit))),
        from: From::Anywhere,
    },
    Page {
        path: "/auth/sign-in",
        show: Some(|visit| Box::pin(sign_in::show(visit))),
        take: Some(|visit| Box::pin(sign_in::take(visit))),
        from: From::Here,
    },
    Page {
        path: "/auth/sign-out",
        show: Some(|visit| Box::pin(sign_out::show(visit))),
        take: Some(|visit| Box::pin(sign_out::take(visit))),
        from: From::Here,
    },
    Page {
        path: "/auth/patient",
        show: Some(|visit| Box::pin(patient::show(visit))),
        take: Some(|visit| Box::pin(patient::take(visit))),
        from: From::Here,
    },
    Page {
        path: "/auth/consent",
        show: Some(|visit| Box::pin(consent::show(visit))),
        take: Some(|visit| Box::pin(consent::take(visit))),
        from: From::Here,
    },
    Page {
        path: "/auth/apps",
        show: Some(|visit| Box::pin(apps::show(visit))),
        take: Some(|visit| Box::pin(apps::take(visit))),
        from: From::Here,
    },
    Page {
        path: "/auth/sessions",
        show: Some(|visit| Box::pin(sessions::show(visit))),
        take: Some(|visit| Box::pin(sessions::take(visit))),
        from: From::Here,
    },
];

/// The paths of all pages, for the table of routes.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|page| page.path)
}

/// Answers at the path of a page.
pub(crate) async fn handle(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let page = PAGES.iter().find(|page| page.path == parts.uri.path());
    // Where nobody signs in, there is nothing to see.
    let Some(page) = page.filter(|_| app.sign_in.is_some()) else {
        return routes::nothing_at(parts.uri.path());
    };
    let run = match parts.method {
        Method::GET | Method::HEAD => page.show,
        Method::POST => page.take,
        _ => None,
    };
    let Some(run) = run else {
        let mut refused = frame::bare(StatusCode::METHOD_NOT_ALLOWED);
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        return refused;
    };
    let is_sent = parts.method == Method::POST;
    let (visit, read) = read(app, parts, body).await;
    let answer = match read {
        Err(trouble) => Err(trouble),
        Ok(()) if is_sent && page.from == From::Here && !visit.is_from_here() => Err(Trouble::Form),
        Ok(()) => run(&visit).await,
    };
    let mut response = answer.unwrap_or_else(|trouble| frame::trouble(&visit, trouble));
    visit.remember_language(&mut response);
    response
}
