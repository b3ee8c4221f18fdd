//! Sockets to listen on.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use listenfd::ListenFd;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::config::{Address, Interface};

/// How many connections may wait to be accepted.
pub(super) const BACKLOG: i32 = 1024;

/// Listens on an address; a name may stand for several.
pub(crate) fn bind(address: &Address) -> io::Result<Vec<TcpListener>> {
    let port = address.port;
    match &address.host {
        Interface::All => all(port).map(|listener| vec![listener]),
        Interface::One(ip) => one((*ip, port).into()).map(|listener| vec![listener]),
        Interface::Named(name) => named(name, port),
    }
}

/// Listeners that whoever started the process has opened for it: systemd's socket activation, which tools for development speak too.
/// None if there are none.
///
/// The next process takes over the same ones, so between the two no connection is refused.
pub(crate) fn inherited() -> io::Result<Vec<std::net::TcpListener>> {
    let mut passed = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..passed.len() {
        if let Some(listener) = passed.take_tcp_listener(index)? {
            listener.set_nonblocking(true)?;
            listeners.push(listener);
        }
    }
    Ok(listeners)
}

/// Each address of a name; one that this system does not have is left out, unless all are.
fn named(name: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let bound: Vec<_> = (name, port).to_socket_addrs()?.map(one).collect();
    if bound.iter().any(Result::is_ok) {
        Ok(bound.into_iter().flatten().collect())
    } else {
        bound.into_iter().collect()
    }
}

/// IPv6 and IPv4 in one socket; IPv4 alone where there is no IPv6.
fn all(port: u16) -> io::Result<TcpListener> {
    one((Ipv6Addr::UNSPECIFIED, port).into()).or_else(|error| match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
        _ => one((Ipv4Addr::UNSPECIFIED, port).into()),
    })
}

fn one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    // Connections inherit it: peers that vanished without a word are noticed in the end.
    socket.set_keepalive(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn all_interfaces_take_ipv4_and_ipv6() {
        let listeners = bind(&Address { host: Interface::All, port: 0 }).unwrap();
        let local = listeners[0].local_addr().unwrap();
        TcpStream::connect((Ipv4Addr::LOCALHOST, local.port())).await.unwrap();
        if local.is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, local.port())).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error() {
        let taken = bind(&Address { host: Interface::All, port: 0 }).unwrap();
        let port = taken[0].local_addr().unwrap().port();
        assert_eq!(bind(&Address { host: Interface::All, port }).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        let listeners = bind(&Address { host: Interface::Named("localhost".into()), port: 0 }).unwrap();
        assert!(listeners.iter().all(|it| it.local_addr().unwrap().ip().is_loopback()));
    }
}
