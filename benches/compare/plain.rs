//! HAProxy and nginx in their best configuration for forwarding TCP and HTTP, with their config files.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::contestant::{Contestant, Kind, on_path};
use crate::fault::{About, Result};

/// A proxy without toxics.
#[derive(Clone, Copy, Debug)]
pub enum Plain {
    Haproxy,
    Nginx,
    HaproxyHttp,
    NginxHttp,
}

const HAPROXY_HTTP: &str = "\
global
    maxconn 6000
    nbthread 2
    log /dev/null local0 emerg
defaults
    mode http
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 120s
    timeout server 120s
frontend bench
    bind {listen} backlog 4096
    http-request return status 429 if { path /given }
    default_backend upstream
backend upstream
    server one {upstream}
";

const NGINX_HTTP: &str = "\
daemon off;
master_process on;
worker_processes 2;
pid {folder}/nginx-http.pid;
error_log stderr warn;
events { worker_connections 12000; }
http {
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    keepalive_requests 100000000;
    upstream bench { server {upstream}; keepalive 64; keepalive_requests 100000000; }
    server {
        listen {listen} backlog=4096;
        location = /given { return 429; }
        location / {
            proxy_pass http://bench;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_buffering off;
        }
    }
}
";

const HAPROXY: &str = "\
global
    maxconn 6000
    nbthread 2
    log /dev/null local0 emerg
defaults
    mode tcp
    option splice-auto
    timeout connect 5s
    timeout client 120s
    timeout server 120s
frontend bench
    maxconn 6000
    bind {listen} backlog 4096
    default_backend upstream
backend upstream
    fullconn 6000
    server one {upstream}
";

const NGINX: &str = "\
{module}
daemon off;
master_process on;
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 12000; }
stream {
    access_log off;
    proxy_timeout 120s;
    server {
        listen {listen} backlog=4096;
        proxy_pass {upstream};
    }
}
";

impl Plain {
    /// All of them.
    pub const ALL: [Plain; 4] = [
        Plain::Haproxy,
        Plain::Nginx,
        Plain::HaproxyHttp,
        Plain::NginxHttp,
    ];

    /// Whether it forwards requests and not bytes.
    pub fn speaks_http(self) -> bool {
        matches!(self, Self::HaproxyHttp | Self::NginxHttp)
    }

    fn program(self) -> &'static str {
        match self {
            Self::Haproxy | Self::HaproxyHttp => "haproxy",
            Self::Nginx | Self::NginxHttp => "nginx",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Haproxy => "haproxy",
            Self::Nginx => "nginx",
            Self::HaproxyHttp => "haproxy-http",
            Self::NginxHttp => "nginx-http",
        }
    }

    /// This proxy as a contestant, or why it cannot take part.
    pub fn find(self) -> std::result::Result<Contestant, String> {
        let program = self.program();
        on_path(program).ok_or_else(|| format!("{}: not on PATH", self.name()))?;
        if matches!(self, Self::Nginx) && stream_module().is_none() {
            return Err(
                "nginx: without its stream module (Debian: libnginx-mod-stream)".to_owned(),
            );
        }
        Ok(Contestant {
            name: self.name().to_owned(),
            kind: Kind::Plain(self),
        })
    }

    /// Writes its config into `scratch`; returns the command.
    pub fn prepare(
        self,
        listen: SocketAddr,
        upstream: SocketAddr,
        scratch: &Path,
    ) -> Result<Vec<String>> {
        let file = scratch.join(format!("{}.conf", self.name()));
        let text = match self {
            Self::Haproxy => HAPROXY.to_owned(),
            Self::HaproxyHttp => HAPROXY_HTTP.to_owned(),
            Self::NginxHttp => NGINX_HTTP.to_owned(),
            Self::Nginx => NGINX.replace("{module}", &stream_module().unwrap_or_default()),
        };
        let text = text
            .replace("{listen}", &listen.to_string())
            .replace("{upstream}", &upstream.to_string())
            .replace("{folder}", &scratch.display().to_string());
        fs::write(&file, text).about(file.display())?;
        let (file, folder) = (file.display().to_string(), scratch.display().to_string());
        let words: &[&str] = match self {
            Self::Haproxy | Self::HaproxyHttp => &["haproxy", "-db", "-f", &file],
            Self::Nginx | Self::NginxHttp => &["nginx", "-p", &folder, "-c", &file],
        };
        Ok(words.iter().map(|word| (*word).to_owned()).collect())
    }
}

/// The line that loads nginx's stream module: empty when it is built in, none without one.
fn stream_module() -> Option<String> {
    let said = Command::new("nginx").arg("-V").output().ok()?;
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    let mut options = text.split_whitespace();
    if options.clone().any(|option| option == "--with-stream") {
        return Some(String::new());
    }
    let folder = options.find_map(|option| option.strip_prefix("--modules-path="))?;
    let module = PathBuf::from(folder).join("ngx_stream_module.so");
    module
        .is_file()
        .then(|| format!("load_module {};", module.display()))
}
