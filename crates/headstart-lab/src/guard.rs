//! Who may ask: whoever has the token, from the lab's own page, at the address that it was started for.
//!
//! Other pages cannot read answers of this server, but without these checks they could ask: by a form, by a WebSocket, or by a name of
//! their own that is made to mean 127.0.0.1 (DNS rebinding). So the name that was asked for and the page that asks are looked at, and
//! the token is not known to anybody who has not seen the link.

use axum::http::{HeaderMap, header};
use std::net::{IpAddr, SocketAddr};

/// What a page must not do: run scripts that stand in it, ask others, be shown within others.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                          connect-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Who may ask.
#[derive(Debug)]
pub struct Guard {
    address: SocketAddr,
    token: String,
}

impl Guard {
    /// Of a server at this address, with a token that nobody can guess.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn new(address: SocketAddr) -> std::io::Result<Self> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self { address, token: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// The link that lets one in.
    pub fn link(&self) -> String {
        let host = match self.address.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            IpAddr::V6(ip) => format!("[{ip}]"),
            IpAddr::V4(ip) => ip.to_string(),
        };
        format!("http://{host}:{}/?token={}", self.address.port(), self.token)
    }

    /// Whether the server was asked for by a name that it has: an address, and never a name that somebody else could give to it.
    pub fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = text(headers, &header::HOST) else { return false };
        self.is_own(host)
    }

    fn is_own(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (host, "80"),
        };
        if port.parse() != Ok(self.address.port()) {
            return false;
        }
        let name = name.trim_start_matches('[').trim_end_matches(']');
        match name.parse::<IpAddr>() {
            Ok(ip) => ip == self.address.ip() || ip.is_loopback() || self.address.ip().is_unspecified(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    }

    /// Whether it is a page of this server that asks. What no browser sends has no origin, and is let through where `or_none`.
    pub fn is_own_page(&self, headers: &HeaderMap, or_none: bool) -> bool {
        let (origin, host) = (text(headers, &header::ORIGIN), text(headers, &header::HOST));
        match origin {
            None => or_none,
            Some(origin) => {
                origin.strip_prefix("http://").is_some_and(|origin| Some(origin) == host && self.is_own(origin))
            }
        }
    }

    /// Whether this is the token.
    pub fn is_token(&self, given: &str) -> bool {
        // As long for every wrong one.
        let differ = given.bytes().zip(self.token.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
        given.len() == self.token.len() && differ == 0
    }

    /// Whether a browser has been let in.
    pub fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(key, value)| key == name && self.is_token(value))
    }

    /// The header that lets a browser in: no script reads the cookie, and no other site's request carries it.
    pub fn cookie(&self) -> String {
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie_name(), self.token)
    }

    /// Browsers do not tell ports apart, but names.
    fn cookie_name(&self) -> String {
        format!("headstart-lab-{}", self.address.port())
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new("127.0.0.1:8123".parse().unwrap()).unwrap()
    }

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_addresses_are_hosts() {
        let guard = guard();
        for host in ["127.0.0.1:8123", "localhost:8123", "LOCALHOST:8123", "[::1]:8123"] {
            assert!(guard.is_own_host(&headers(&[(header::HOST, host)])), "{host}");
        }
        for host in [
            "evil.example:8123",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.evil.example:8123",
            "192.168.1.1:8123",
            "",
            ":8123",
        ] {
            assert!(!guard.is_own_host(&headers(&[(header::HOST, host)])), "{host}");
        }
        assert!(!guard.is_own_host(&HeaderMap::new()));
    }

    #[test]
    fn only_own_pages_ask() {
        let guard = guard();
        let asks = |origin: &str| {
            guard.is_own_page(&headers(&[(header::HOST, "127.0.0.1:8123"), (header::ORIGIN, origin)]), false)
        };
        assert!(asks("http://127.0.0.1:8123"));
        for origin in
            ["http://evil.example", "https://127.0.0.1:8123", "http://localhost:8123", "http://127.0.0.1:9", "null", ""]
        {
            assert!(!asks(origin), "{origin}");
        }
        assert!(!guard.is_own_page(&HeaderMap::new(), false) && guard.is_own_page(&HeaderMap::new(), true));
    }

    #[test]
    fn a_token_is_needed_whole_and_each_server_has_its_own() {
        let (guard, other) = (guard(), guard());
        let token = guard.token.clone();
        assert!(guard.is_token(&token) && !other.is_token(&token) && token.len() == 32);
        for wrong in ["", &token[1..], &format!("{token}0"), &token.to_uppercase().replace(char::is_numeric, "x")] {
            assert!(!guard.is_token(wrong), "{wrong}");
        }
        let cookie = guard.cookie();
        let pair = cookie.split(';').next().unwrap();
        assert!(guard.has_cookie(&headers(&[(header::COOKIE, &format!("a=b; {pair}"))])));
        assert!(!guard.has_cookie(&headers(&[(header::COOKIE, "headstart-lab-8123=")])));
    }
}
