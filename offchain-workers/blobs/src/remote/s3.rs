//! A bucket of S3, or of a server that speaks its protocol.

use super::Remote;
use crate::BlobError;
use object_store::{
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    client::{HttpClient, HttpConnector},
    path::Path,
    BackoffConfig, ClientOptions, RetryConfig,
};
use std::{sync::Arc, time::Duration};
use url::{Host, Url};

const CONNECT: Duration = Duration::from_secs(5);
/// How long the server may be silent, and how long one request may take: the last one of a large upload takes minutes.
const SILENT: Duration = Duration::from_secs(30);
const REQUEST: Duration = Duration::from_secs(600);
/// How often a request that failed is sent again, and until when.
const RETRIES: usize = 3;
const RETRIED: Duration = Duration::from_secs(20);

/// Where a bucket is, and what opens it.
#[derive(Clone, Debug, Default)]
pub struct S3 {
    /// `s3://<bucket>/<prefix>`.
    pub location: String,
    /// Of a server that is not Amazon's. Unless set, Amazon's own; without a file of credentials `AWS_ENDPOINT_URL` of the environment comes first.
    pub endpoint: Option<String>,
    /// Unless set, `us-east-1`; without a file of credentials `AWS_REGION` of the environment comes first.
    pub region: Option<String>,
    /// Unless set, what the environment names (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …) or this machine's role. If set, nothing is taken
    /// from the environment.
    pub credentials: Option<Credentials>,
    /// Plain HTTP also to other machines: the network itself is private.
    pub allow_plaintext: bool,
}

/// What opens a bucket.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Credentials").field(&self.access_key_id).finish()
    }
}

impl S3 {
    /// The bucket; nothing is asked of it yet.
    ///
    /// # Errors
    /// `Location`, in words.
    pub fn connect(&self) -> Result<Remote, BlobError> {
        let wrong = |reason: String| BlobError::Location {
            location: self.location.clone(),
            reason,
        };
        let (bucket, prefix) = self.bucket().ok_or_else(|| {
            wrong(
                "it is not of the form s3://<bucket>/<prefix>, with a prefix of letters, digits, '-', '_', '.' and '/'"
                    .into(),
            )
        })?;
        let mut builder = match &self.credentials {
            None => AmazonS3Builder::from_env(),
            Some(Credentials {
                access_key_id,
                secret_access_key,
                session_token,
            }) => {
                let builder = AmazonS3Builder::new()
                    .with_access_key_id(access_key_id)
                    .with_secret_access_key(secret_access_key);
                match session_token {
                    Some(token) => builder.with_token(token),
                    None => builder,
                }
            }
        };
        let of_environment = || {
            let keys = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
            keys.iter().find_map(|key| builder.get_config_value(key))
        };
        let endpoint = self.endpoint.clone().or_else(of_environment);
        let direct = self.check(endpoint.as_deref()).map_err(wrong)?;
        if let Some(endpoint) = endpoint {
            let endpoint = endpoint.trim_end_matches('/').to_owned();
            builder = builder
                .with_config(AmazonS3ConfigKey::S3Endpoint, &endpoint)
                .with_endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        let tls = match direct {
            Some(Transport::Plain { .. }) => quorate_tls::no_roots(),
            _ => quorate_tls::web_roots(),
        };
        let tls = tls.map_err(|error| wrong(error.to_string()))?;
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .read_timeout(SILENT)
            .timeout(REQUEST)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("quorate/", env!("CARGO_PKG_VERSION")));
        if direct.is_some_and(|transport| transport.is_local()) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| wrong(error.to_string()))?;
        let built = builder
            .with_bucket_name(bucket)
            .with_http_connector(Connector(client))
            .with_retry(RetryConfig {
                backoff: BackoffConfig {
                    max_backoff: Duration::from_secs(2),
                    ..BackoffConfig::default()
                },
                max_retries: RETRIES,
                retry_timeout: RETRIED,
            })
            // Every server knows how to delete one object.
            .with_disable_bulk_delete(true)
            .build();
        let objects = built.map_err(|error| wrong(error.to_string()))?;
        Ok(Remote::new(
            Arc::new(objects),
            prefix,
            self.location.trim_end_matches('/'),
        ))
    }

    fn bucket(&self) -> Option<(&str, Path)> {
        let (bucket, prefix) = match self.location.strip_prefix("s3://")?.split_once('/') {
            Some((bucket, prefix)) => (bucket, prefix.trim_end_matches('/')),
            None => (self.location.strip_prefix("s3://")?, ""),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        let parts = prefix.is_empty() || prefix.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let valid = !bucket.is_empty() && bucket.bytes().chain(prefix.bytes()).all(plain) && parts;
        valid.then(|| Some((bucket, Path::parse(prefix).ok()?)))?
    }

    /// How the endpoint is spoken to; `None` for Amazon's own.
    fn check(&self, endpoint: Option<&str>) -> Result<Option<Transport>, String> {
        let Some(endpoint) = endpoint else { return Ok(None) };
        let url = Url::parse(endpoint).map_err(|error| format!("endpoint {endpoint:?}: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "the endpoint has a name or password in it: credentials come from a file or the environment".into(),
            );
        }
        let local = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => return Err(format!("endpoint {endpoint:?} names no host")),
        };
        match url.scheme() {
            "https" => Ok(Some(Transport::Tls { local })),
            "http" if local || self.allow_plaintext => Ok(Some(Transport::Plain { local })),
            "http" => Err(format!(
                "endpoint {endpoint} speaks plain HTTP and is on another machine: anybody on the way could read what is sent. Serve it \
                 over https; where the network itself is private, allow it: --allow-plaintext"
            )),
            _ => Err(format!("endpoint {endpoint:?} begins with neither https:// nor http://")),
        }
    }
}

/// How a server is spoken to, and whether it is on this machine: then no proxy is between.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Tls { local: bool },
    Plain { local: bool },
}

impl Transport {
    fn is_local(self) -> bool {
        let (Self::Tls { local } | Self::Plain { local }) = self;
        local
    }
}

/// The client with this program's TLS, for the bucket and for what gives credentials.
#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(location: &str, endpoint: Option<&str>) -> String {
        let s3 = S3 {
            location: location.into(),
            endpoint: endpoint.map(Into::into),
            credentials: Some(Credentials {
                access_key_id: "id".into(),
                secret_access_key: "do-not-show".into(),
                session_token: None,
            }),
            ..S3::default()
        };
        let debug = format!("{s3:?}");
        assert!(!debug.contains("do-not-show"), "{debug}");
        s3.connect().map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn locations_and_endpoints_that_are_none_should_be_named() {
        let here = Some("http://127.0.0.1:1");
        for location in ["s3://bucket", "s3://bucket/", "s3://bucket/a/b-1"] {
            assert_eq!(error(location, here), "", "{location}");
        }
        for location in [
            "bucket",
            "s3:/bucket",
            "s3://",
            "s3:///prefix",
            "s3://bucket/a//b",
            "s3://bucket/../b",
            "s3://bucket/a b",
            "s3://id:secret@bucket/a",
            "https://bucket",
        ] {
            assert!(error(location, here).contains("s3://<bucket>/<prefix>"), "{location}");
        }
        for (endpoint, named) in [
            ("http://198.51.100.7:9000", "--allow-plaintext"),
            ("ftp://127.0.0.1", "neither https://"),
            ("127.0.0.1:9000", "endpoint"),
            ("http://id:secret@127.0.0.1:9000", "file or the environment"),
        ] {
            let error = error("s3://bucket/a", Some(endpoint));
            assert!(
                error.contains(named) && !error.contains(":secret@"),
                "{endpoint}: {error}"
            );
        }
    }
}
