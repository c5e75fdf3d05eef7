//! A browser: cookies, JSON, and an Origin like its page's.

use std::sync::{Arc, Mutex};

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::Socket;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The JSON body; null when there was none.
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// Asserts a refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
    }

    /// Asserts that single fields are refused: these, with these codes.
    #[track_caller]
    pub fn invalid(&self, expected: &[(&str, &str)]) {
        self.refused(422, "invalid");
        let errors = self.body["errors"].as_array().expect("a list of errors");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let found: Vec<_> = errors.iter().map(|it| (text(&it["field"]), text(&it["code"]))).collect();
        let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), code.as_str())).collect();
        assert_eq!(found, expected);
    }
}

/// One browser with one cookie jar. Clones share it.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    /// The server's address; it changes when the server is started again.
    base: Arc<Mutex<String>>,
    /// Where its pages are from; none: from the server's address.
    origin: Option<String>,
    cookie: Arc<Mutex<Option<String>>>,
}

impl Browser {
    /// A fresh browser, signed out.
    pub fn new(base: &str) -> Self {
        // An error says that another browser of this process did it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().expect("an HTTP client");
        Self { client, base: Arc::new(Mutex::new(base.to_owned())), origin: None, cookie: Arc::default() }
    }

    /// A browser that is signed in already.
    pub fn with_cookie(base: &str, cookie: &str) -> Self {
        Self { cookie: Arc::new(Mutex::new(Some(cookie.to_owned()))), ..Self::new(base) }
    }

    /// The same browser (and cookies) with a page of another origin.
    pub fn on_page_of(&self, origin: &str) -> Self {
        Self { origin: Some(origin.to_owned()), ..self.clone() }
    }

    /// The server has a new address; the cookie is the same.
    pub fn moved_to(&self, base: &str) {
        base.clone_into(&mut self.base.lock().expect("no panic"));
    }

    /// The same browser (and cookies) at another of the installation's servers.
    pub fn at(&self, base: &str) -> Self {
        Self { base: Arc::new(Mutex::new(base.to_owned())), ..self.clone() }
    }

    /// The server's address.
    pub fn base(&self) -> String {
        self.base.lock().expect("no panic").clone()
    }

    /// The cookie it would send.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().expect("no panic").clone()
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// A POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), None).await
    }

    /// A PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), None).await
    }

    /// A PATCH with a JSON body, based on `version`.
    pub async fn patch(&self, path: &str, version: i64, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), Some(version)).await
    }

    /// A DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, None).await
    }

    /// Any request; fails the test when no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        version: Option<i64>,
    ) -> Answer {
        self.try_send(method, path, body, version).await.expect("an answer")
    }

    /// Any request; an error when no answer comes.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        version: Option<i64>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.request(method, path);
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.try_fetch(request).await
    }

    /// A request with this browser's Origin and cookie, to be given what else it needs and then to `fetch`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.base();
        let request = self.client.request(method, format!("{base}{path}"));
        let request = request.header("origin", self.origin.as_ref().unwrap_or(&base));
        match self.cookie() {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Sends a request made with `request`.
    pub async fn fetch(&self, request: RequestBuilder) -> Answer {
        self.try_fetch(request).await.expect("an answer")
    }

    /// As `fetch`; an error when no answer comes.
    pub async fn try_fetch(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        if let Some(set) = response.headers().get("set-cookie").and_then(|value| value.to_str().ok()) {
            let pair = set.split(';').next().unwrap_or_default();
            *self.cookie.lock().expect("no panic") = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, headers, text, body })
    }

    /// Signs in.
    pub async fn log_in(&self, login_name: &str, password: &str) -> Answer {
        self.post("/api/logins", json!({ "login_name": login_name, "password": password })).await
    }

    /// Signs in to one of several workspaces.
    pub async fn log_in_to(&self, workspace: &str, login_name: &str, password: &str) -> Answer {
        let login = json!({ "workspace": workspace, "login_name": login_name, "password": password });
        self.post("/api/logins", login).await
    }

    /// Opens the events socket.
    pub async fn events(&self, after: Option<&str>) -> Socket {
        Socket::open(&self.base(), self.cookie().as_deref(), after).await.expect("the socket opens")
    }

    /// Sends a reply under a new key; its client id and the answer.
    pub async fn reply(&self, session: &str, text: &str) -> (String, Answer) {
        let client_id = uuid::Uuid::new_v4().to_string();
        let body = json!({ "client_id": client_id, "text": text });
        let answer = self.post(&format!("/api/sessions/{session}/messages"), body).await;
        (client_id, answer)
    }
}
