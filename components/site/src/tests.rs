mod publishing;
mod serving;

use artifact::grant::Grant;
use artifact::{Artifacts, Digest, File, MemoryStore, Store as _};
use http::{HeaderMap, HeaderName, Method, StatusCode};

use crate::answer::Answer;
use crate::api::{self, ApiError, Outcome};
use crate::cache::Cache;
use crate::serve;

/// A store, and what an instance remembers of it.
#[derive(Default)]
struct Host {
    store: MemoryStore,
    cache: Cache,
}

fn grant(project: &str, run: &str) -> Grant {
    Grant {
        project: project.to_owned(),
        run: run.to_owned(),
        environment: "production".to_owned(),
        expires_at_s: u64::MAX,
    }
}

impl Host {
    fn put(&self, files: &[(&str, &str)]) -> Digest {
        let files = files.iter().map(|(path, text)| File {
            path: (*path).to_owned(),
            contents: text.as_bytes().to_vec(),
            executable: false,
        });
        Artifacts::new(&self.store).put(files.collect(), &[]).unwrap()
    }

    fn call(&self, grant: &Grant, method: &Method, path: &str, body: &str) -> Result<Answer, ApiError> {
        let call = api::call(path, method)?;
        match api::begin(&self.store, grant, &call, body.as_bytes(), 1000)? {
            Outcome::Done(answer) => Ok(answer),
            Outcome::Publish(mut publication) => {
                while publication.step()? {}
                api::finish(&self.store, *publication)
            }
        }
    }

    /// Publishes these files as a new run of the project of that name, and returns the release's id.
    fn publish(&self, site: &str, run: &str, files: &[(&str, &str)]) -> String {
        let artifact = self.put(files);
        let body = format!("{{\"artifact\":\"{artifact}\"}}");
        let answer =
            self.call(&grant(site, run), &Method::POST, &format!("/{site}/releases"), &body).unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        json(&answer)["release"].as_str().unwrap().to_owned()
    }

    fn request(&mut self, method: &Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        serve::serve(&self.store, &mut self.cache, method, &uri.parse().unwrap(), &map).unwrap()
    }

    fn get(&mut self, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.request(&Method::GET, uri, headers)
    }
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(answer.body()).unwrap()
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}
