//! Addresses to listen on.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) host: Interface,
    pub(crate) port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Interface {
    /// All of them, IPv6 and IPv4.
    All,
    One(IpAddr),
    Named(String),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Interface::All => write!(f, "[::]:{}", self.port),
            Interface::One(ip) => SocketAddr::new(*ip, self.port).fmt(f),
            Interface::Named(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

/// All interfaces include each of them, so an address beside `[::]` on the same port is the same one again.
pub(super) fn without_doubles(addresses: BTreeSet<Address>) -> Vec<Address> {
    let is_all = |it: &Address| it.host == Interface::All;
    let all: Vec<u16> = addresses.iter().filter(|it| is_all(it) && it.port != 0).map(|it| it.port).collect();
    addresses.into_iter().filter(|it| is_all(it) || !all.contains(&it.port)).collect()
}

pub(super) fn addresses(list: &str) -> Option<Vec<Address>> {
    list.split(',').map(|address| Address::from_str(address.trim()).ok()).collect()
}

impl FromStr for Address {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (host, port) = text.rsplit_once(':').ok_or(())?;
        let port = if port.is_empty() { 0 } else { port.parse().map_err(|_| ())? };
        let is_bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if is_bare_ipv6 {
            return Err(());
        }
        Ok(Self { host: interface(host).ok_or(())?, port })
    }
}

pub(super) fn interface(host: &str) -> Option<Interface> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if bare.is_empty() {
        return Some(Interface::All);
    }
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => Some(Interface::All),
        Ok(ip) => Some(Interface::One(ip)),
        Err(_) => {
            let is_name = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
            is_name.then(|| Interface::Named(bare.to_owned()))
        }
    }
}
