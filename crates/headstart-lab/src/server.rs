//! The server: one page, what belongs to it, and a WebSocket for each tab.

use crate::guard::{Guard, POLICY};
use crate::hello::hello;
use crate::lab::{Commands, Lab, Shared};
use crate::{files, tab};
use axum::Router;
use axum::extract::{Path, Query, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Tabs at a time.
const MOST_TABS: usize = 32;

/// Bytes of a message that somebody may send: flags are short.
const MOST_BYTES: usize = 1 << 16;

/// How often the server looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// What all requests share.
#[derive(Clone)]
struct Served {
    guard: Arc<Guard>,
    shared: Arc<Shared>,
    tabs: Arc<Semaphore>,
}

/// Serves the lab's page until the watch is stopped. `ready` is told the link that opens it, once it can be opened.
///
/// # Errors
/// If the address cannot be listened at.
pub fn serve(lab: Lab, commands: Arc<dyn Commands>, watch: &Watch, ready: impl FnOnce(&str)) -> Result<(), Error> {
    let failed = |what: &str, error: &std::io::Error| Error::Usage(format!("{what}: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| failed("the lab cannot begin", &error))?;
    let address = SocketAddr::new(lab.address, lab.port);
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            failed(
                &format!("--port {}: nothing can listen at {address}; --port 0 takes any that is free", lab.port),
                &error,
            )
        })?;
        let address = listener.local_addr().map_err(|error| failed("the lab cannot begin", &error))?;
        let guard = Guard::new(address).map_err(|error| failed("the lab has no token", &error))?;
        let link = guard.link();
        let hello = Arc::new(hello(&lab));
        let served = Served {
            guard: Arc::new(guard),
            shared: Arc::new(Shared { lab, commands, hello }),
            tabs: Arc::new(Semaphore::new(MOST_TABS)),
        };
        ready(&link);
        let over = async {
            while !watch.is_stopped() {
                tokio::time::sleep(LOOK).await;
            }
        };
        // Tabs that are open do not keep it.
        tokio::select! {
            served = axum::serve(listener, router(served)) => served.map_err(|error| failed("the lab ended", &error)),
            () = over => Ok(()),
        }
    })?;
    runtime.shutdown_timeout(Duration::from_millis(200));
    Ok(())
}

fn router(served: Served) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/app/{name}", get(file))
        .route("/live", get(live))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "there is nothing here") })
        .layer(from_fn_with_state(served.clone(), check))
        .with_state(served)
}

/// Lets in who may ask, and says in every answer what a page must not do.
async fn check(State(served): State<Served>, request: Request, next: Next) -> Response {
    let (guard, headers) = (&served.guard, request.headers());
    let token = request.uri().query().and_then(|query| query.strip_prefix("token=")).unwrap_or_default();
    let may_ask = guard.has_cookie(headers) || request.uri().path() == "/" && guard.is_token(token);
    let mut response = if !guard.is_own_host(headers) {
        refusal(StatusCode::MISDIRECTED_REQUEST, "this is not an address of the lab")
    } else if !guard.is_own_page(headers, true) {
        refusal(StatusCode::FORBIDDEN, "another site's page may not ask the lab")
    } else if !may_ask {
        refusal(StatusCode::FORBIDDEN, "open the link that headstart lab printed: its token lets you in")
    } else {
        next.run(request).await
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}

/// The page; whoever comes with a token gets a cookie in its place, so that the address can be copied without it.
async fn page(State(served): State<Served>, Query(query): Query<HashMap<String, String>>) -> Response {
    if query.get("token").is_some_and(|token| served.guard.is_token(token)) {
        let cookie = HeaderValue::from_str(&served.guard.cookie());
        let Ok(cookie) = cookie else { return refusal(StatusCode::INTERNAL_SERVER_ERROR, "there is no cookie") };
        return (
            StatusCode::SEE_OTHER,
            [(header::LOCATION, HeaderValue::from_static("/")), (header::SET_COOKIE, cookie)],
        )
            .into_response();
    }
    files::page().into_response()
}

async fn file(Path(name): Path<String>) -> Response {
    match files::file(&name) {
        Some(file) => file.into_response(),
        None => refusal(StatusCode::NOT_FOUND, "there is no such file"),
    }
}

async fn live(State(served): State<Served>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    // Browsers say from where they connect; whoever is none of them has to say it, too.
    if !served.guard.is_own_page(&headers, false) {
        return refusal(StatusCode::FORBIDDEN, "another site's page may not ask the lab");
    }
    let Ok(place) = Arc::clone(&served.tabs).try_acquire_owned() else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "too many tabs are open; close some");
    };
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES);
    upgrade.on_upgrade(async move |socket| {
        tab::serve(socket, served.shared, place).await;
    })
}
