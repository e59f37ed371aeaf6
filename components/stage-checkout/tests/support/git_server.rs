//! A git host for tests: HTTP over sockets, with the real `git http-backend` behind it as CGI. It needs
//! nothing but std and git, and can be told to misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer that goes back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Ends the connection after so many bytes of the body.
    pub cut_after: Option<usize>,
}

/// What a server does with a request: it may ask the repository, and change both question and answer.
pub(crate) type Handler = dyn Fn(Request, &dyn Fn(&Request) -> Answer) -> Answer + Send + Sync;

/// A running server. Its thread ends with the process.
pub(crate) struct GitServer {
    address: SocketAddr,
}

impl Request {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// Whether it asks for a pack.
    pub(crate) fn is_fetch(&self) -> bool {
        let is = |text: &[u8]| self.body.windows(text.len()).any(|window| window == text);
        self.path.ends_with("/git-upload-pack") && (is(b"command=fetch") || is(b"side-band-64k"))
    }
}

impl Answer {
    /// A short answer in plain text.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain", text.as_bytes())
    }

    /// An answer of some type.
    pub(crate) fn new(status: u16, content_type: &str, body: &[u8]) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.to_vec(), cut_after: None }
    }
}

impl GitServer {
    /// Serves the repositories below a folder, on a free port of this machine.
    pub(crate) fn start(root: &Path) -> Self {
        Self::start_with(root, |request, git| git(&request))
    }

    /// The same, through a handler.
    pub(crate) fn start_with(
        root: &Path,
        handler: impl Fn(Request, &dyn Fn(&Request) -> Answer) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let root = root.to_owned();
        let handler: Arc<Handler> = Arc::new(handler);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (root, handler) = (root.clone(), Arc::clone(&handler));
                thread::spawn(move || {
                    // A client that hangs up is its own affair.
                    let _ = serve(&stream, &root, &*handler);
                });
            }
        });
        Self { address }
    }

    /// The URL of a repository: of the folder `name` below the root.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }
}

fn serve(stream: &TcpStream, root: &Path, handler: &Handler) -> std::io::Result<()> {
    let Some(request) = read_request(&mut BufReader::new(stream))? else {
        return Ok(());
    };
    let answer = handler(request, &|request| http_backend(root, request));
    let mut head = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", answer.status);
    head.extend(["content-length: ", &answer.body.len().to_string(), "\r\n"]);
    for (name, value) in &answer.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&answer.body[..answer.cut_after.unwrap_or(answer.body.len())])
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

/// Runs `git http-backend` for one request.
fn http_backend(root: &Path, request: &Request) -> Answer {
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", git_folder(root, &request.path))
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("CONTENT_TYPE", request.header("content-type").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(protocol) = request.header("git-protocol") {
        command.env("GIT_PROTOCOL", protocol);
    }
    let mut child = command.spawn().expect("git is installed");
    let mut input = child.stdin.take().expect("a pipe");
    let body = request.body.clone();
    let writer = thread::spawn(move || input.write_all(&body));
    let mut output = Vec::new();
    child.stdout.take().expect("a pipe").read_to_end(&mut output).expect("git's output");
    // Git may answer without reading all of a request.
    let _ = writer.join();
    let _ = child.wait();
    parse_cgi(&output)
}

/// A working directory's repository is in its folder `.git`.
fn git_folder(root: &Path, path: &str) -> String {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (name, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let inner = PathBuf::from(root).join(name).join(".git");
    if inner.is_dir() { format!("/{name}/.git/{rest}") } else { path.to_owned() }
}

fn parse_cgi(output: &[u8]) -> Answer {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(output.len());
    let mut answer = Answer { status: 200, headers: Vec::new(), body: Vec::new(), cut_after: None };
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("status") => {
                answer.status =
                    value.split_whitespace().next().and_then(|code| code.parse().ok()).unwrap_or(500);
            }
            Some((name, value)) => answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => {}
        }
    }
    answer.body = output.get(end + 4..).unwrap_or_default().to_vec();
    answer
}
