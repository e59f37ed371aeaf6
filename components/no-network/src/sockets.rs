//! `wasi:sockets`: nothing is ever opened, so that nothing can be done with it.

use super::bindings::exports::wasi::sockets::network::{self, ErrorCode, IpAddress};
use super::bindings::exports::wasi::sockets::network::{IpAddressFamily, IpSocketAddress, NetworkBorrow};
use super::bindings::exports::wasi::sockets::{instance_network, ip_name_lookup};
use super::bindings::exports::wasi::sockets::{tcp, tcp_create_socket, udp, udp_create_socket};
use super::bindings::wasi::io::poll::Pollable;
use super::bindings::wasi::io::streams::{InputStream, OutputStream};
use super::{Never, NoNetwork, notes};

/// What there is instead of a network: a handle that leads nowhere.
pub(super) struct Nowhere;

impl network::GuestNetwork for Nowhere {}

impl network::Guest for NoNetwork {
    type Network = Nowhere;
}

impl instance_network::Guest for NoNetwork {
    fn instance_network() -> network::Network {
        network::Network::new(Nowhere)
    }
}

fn denied<T>() -> Result<T, ErrorCode> {
    notes::SOCKETS.with(notes::Note::say);
    Err(ErrorCode::AccessDenied)
}

impl tcp_create_socket::Guest for NoNetwork {
    fn create_tcp_socket(_: IpAddressFamily) -> Result<tcp::TcpSocket, ErrorCode> {
        denied()
    }
}

impl udp_create_socket::Guest for NoNetwork {
    fn create_udp_socket(_: IpAddressFamily) -> Result<udp::UdpSocket, ErrorCode> {
        denied()
    }
}

impl ip_name_lookup::Guest for NoNetwork {
    type ResolveAddressStream = Never;

    fn resolve_addresses(
        _: NetworkBorrow<'_>,
        _: String,
    ) -> Result<ip_name_lookup::ResolveAddressStream, ErrorCode> {
        denied()
    }
}

impl tcp::Guest for NoNetwork {
    type TcpSocket = Never;
}

impl udp::Guest for NoNetwork {
    type UdpSocket = Never;
    type IncomingDatagramStream = Never;
    type OutgoingDatagramStream = Never;
}

/// Methods of something that there never is.
macro_rules! never {
    ($($name:ident($($given:ty),*) $(-> $out:ty)?;)*) => {
        $(fn $name(&self, $(_: $given),*) $(-> $out)? { match *self {} })*
    };
}

impl ip_name_lookup::GuestResolveAddressStream for Never {
    never! {
        resolve_next_address() -> Result<Option<IpAddress>, ErrorCode>;
        subscribe() -> Pollable;
    }
}

impl tcp::GuestTcpSocket for Never {
    never! {
        start_bind(NetworkBorrow<'_>, IpSocketAddress) -> Result<(), ErrorCode>;
        finish_bind() -> Result<(), ErrorCode>;
        start_connect(NetworkBorrow<'_>, IpSocketAddress) -> Result<(), ErrorCode>;
        finish_connect() -> Result<(InputStream, OutputStream), ErrorCode>;
        start_listen() -> Result<(), ErrorCode>;
        finish_listen() -> Result<(), ErrorCode>;
        accept() -> Result<(tcp::TcpSocket, InputStream, OutputStream), ErrorCode>;
        local_address() -> Result<IpSocketAddress, ErrorCode>;
        remote_address() -> Result<IpSocketAddress, ErrorCode>;
        is_listening() -> bool;
        address_family() -> IpAddressFamily;
        set_listen_backlog_size(u64) -> Result<(), ErrorCode>;
        keep_alive_enabled() -> Result<bool, ErrorCode>;
        set_keep_alive_enabled(bool) -> Result<(), ErrorCode>;
        keep_alive_idle_time() -> Result<u64, ErrorCode>;
        set_keep_alive_idle_time(u64) -> Result<(), ErrorCode>;
        keep_alive_interval() -> Result<u64, ErrorCode>;
        set_keep_alive_interval(u64) -> Result<(), ErrorCode>;
        keep_alive_count() -> Result<u32, ErrorCode>;
        set_keep_alive_count(u32) -> Result<(), ErrorCode>;
        hop_limit() -> Result<u8, ErrorCode>;
        set_hop_limit(u8) -> Result<(), ErrorCode>;
        receive_buffer_size() -> Result<u64, ErrorCode>;
        set_receive_buffer_size(u64) -> Result<(), ErrorCode>;
        send_buffer_size() -> Result<u64, ErrorCode>;
        set_send_buffer_size(u64) -> Result<(), ErrorCode>;
        subscribe() -> Pollable;
        shutdown(tcp::ShutdownType) -> Result<(), ErrorCode>;
    }
}

impl udp::GuestUdpSocket for Never {
    never! {
        start_bind(NetworkBorrow<'_>, IpSocketAddress) -> Result<(), ErrorCode>;
        finish_bind() -> Result<(), ErrorCode>;
        stream(Option<IpSocketAddress>)
            -> Result<(udp::IncomingDatagramStream, udp::OutgoingDatagramStream), ErrorCode>;
        local_address() -> Result<IpSocketAddress, ErrorCode>;
        remote_address() -> Result<IpSocketAddress, ErrorCode>;
        address_family() -> IpAddressFamily;
        unicast_hop_limit() -> Result<u8, ErrorCode>;
        set_unicast_hop_limit(u8) -> Result<(), ErrorCode>;
        receive_buffer_size() -> Result<u64, ErrorCode>;
        set_receive_buffer_size(u64) -> Result<(), ErrorCode>;
        send_buffer_size() -> Result<u64, ErrorCode>;
        set_send_buffer_size(u64) -> Result<(), ErrorCode>;
        subscribe() -> Pollable;
    }
}

impl udp::GuestIncomingDatagramStream for Never {
    never! {
        receive(u64) -> Result<Vec<udp::IncomingDatagram>, ErrorCode>;
        subscribe() -> Pollable;
    }
}

impl udp::GuestOutgoingDatagramStream for Never {
    never! {
        check_send() -> Result<u64, ErrorCode>;
        send(Vec<udp::OutgoingDatagram>) -> Result<u64, ErrorCode>;
        subscribe() -> Pollable;
    }
}
