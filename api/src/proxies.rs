//! Behind a proxy: which address a request comes from, and whether it came over TLS.
//!
//! Anybody can write `X-Forwarded-For` into a request, so only what a trusted proxy says is believed. `Forwarded`
//! (RFC 7239) is not read at all: two headers that may disagree would be one too many.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Networks; a single address is a network of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads a list such as `10.0.0.0/8, ::1`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| {
                let network = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
                network
                    .map(|network| network.trunc())
                    .map_err(|_| format!("`{part}` is neither an address nor a network, such as 10.1.2.3 or 10.0.0.0/8"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether an address is in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its address: the peer's, or the one that a trusted proxy names.
    pub address: IpAddr,
    /// Whether a trusted proxy says that it came over TLS.
    pub is_secure: bool,
}

impl Client {
    /// Of a request that came from a peer.
    pub fn of(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &Networks) -> Self {
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
        if !trusted.contain(peer) {
            return Self { address: peer, is_secure: false };
        }
        // The nearest proxy wrote last.
        let protocol = headers.get_all(FORWARDED_PROTO).last().and_then(|value| value.to_str().ok());
        let protocol = protocol.and_then(|value| value.rsplit(',').next()).map(str::trim);
        Self {
            address: forwarded_for(headers, trusted).unwrap_or(peer),
            is_secure: protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("https")),
        }
    }
}

/// The last address in `X-Forwarded-For` that is not itself a trusted proxy: what stands before it, the client may have
/// written. When all are trusted, the first one. `None` when the way back to it leads over something unreadable.
fn forwarded_for(headers: &HeaderMap, trusted: &Networks) -> Option<IpAddr> {
    let values: Vec<&str> = headers.get_all(FORWARDED_FOR).map(|value| value.to_str().ok()).collect::<Option<_>>()?;
    let mut first = None;
    for part in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        let part = part.trim();
        let address = part.parse::<IpAddr>().or_else(|_| part.parse::<SocketAddr>().map(|address| address.ip())).ok()?;
        let address = address.to_canonical();
        if !trusted.contain(address) {
            return Some(address);
        }
        first = Some(address);
    }
    first
}

/// The network that an address shares its limits with: itself, or its /64 for IPv6, within which one customer can
/// take any address.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, headers: &[(HeaderName, &'static str)]) -> Client {
        let trusted = Networks::parse("10.0.0.0/8, 192.0.2.7, fd00::/8").unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), HeaderValue::from_static(value));
        }
        Client::of(Some(ip(peer)), &map, &trusted)
    }

    #[test]
    fn what_a_stranger_says_of_itself_is_not_believed() {
        let said = [(FORWARDED_FOR, "198.51.100.1"), (FORWARDED_PROTO, "https")];
        assert_eq!(client("203.0.113.9", &said), Client { address: ip("203.0.113.9"), is_secure: false });
        assert_eq!(client("192.0.2.8", &said).address, ip("192.0.2.8"));
        assert_eq!(client("10.1.1.1", &said), Client { address: ip("198.51.100.1"), is_secure: true });
        assert_eq!(client("192.0.2.7", &said).address, ip("198.51.100.1"));
        assert_eq!(client("::ffff:10.1.1.1", &said).address, ip("198.51.100.1"), "IPv4 in IPv6's clothes");
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_client() {
        let address = |value| client("10.0.0.1", &[(FORWARDED_FOR, value)]).address;
        assert_eq!(address("1.1.1.1, 198.51.100.1"), ip("198.51.100.1"), "the client wrote the first one itself");
        assert_eq!(address("1.1.1.1,198.51.100.1 , 10.0.0.2, fd00::3"), ip("198.51.100.1"));
        assert_eq!(address("10.0.0.3, 10.0.0.2"), ip("10.0.0.3"), "proxies all the way");
        assert_eq!(address("198.51.100.1:4711"), ip("198.51.100.1"));
        assert_eq!(address("[2001:db8::1]:4711"), ip("2001:db8::1"));
        assert_eq!(address("2001:db8::1"), ip("2001:db8::1"));
        assert_eq!(address("::ffff:198.51.100.1"), ip("198.51.100.1"));
        let several = [(FORWARDED_FOR, "1.1.1.1"), (FORWARDED_FOR, "198.51.100.1"), (FORWARDED_FOR, "10.0.0.2")];
        assert_eq!(client("10.0.0.1", &several).address, ip("198.51.100.1"), "several headers are one list");
    }

    #[test]
    fn what_cannot_be_read_leaves_the_peer() {
        for broken in ["", "unknown", "198.51.100.1, _hidden", "198.51.100.1,", "198.51.100.256", "1.1.1.1 2.2.2.2", "a\u{e9}"] {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED_FOR, HeaderValue::from_bytes(broken.as_bytes()).unwrap());
            let trusted = Networks::parse("10.0.0.0/8").unwrap();
            assert_eq!(Client::of(Some(ip("10.0.0.1")), &headers, &trusted).address, ip("10.0.0.1"), "{broken:?}");
        }
        assert_eq!(client("10.0.0.1", &[(FORWARDED_FOR, "nonsense, 198.51.100.1")]).address, ip("198.51.100.1"));
        let secure = |value| client("10.0.0.1", &[(FORWARDED_PROTO, value)]).is_secure;
        assert!(secure("HTTPS") && secure("http, https") && !secure("https, http") && !secure("http") && !secure("httpss"));
    }

    #[test]
    fn networks_are_read_or_explained() {
        let networks = Networks::parse(" 127.0.0.1 ,::1, 10.9.8.7/8 ").unwrap();
        for (address, is_in) in
            [("127.0.0.1", true), ("127.0.0.2", false), ("::1", true), ("10.1.1.1", true), ("11.0.0.1", false)]
        {
            assert_eq!(networks.contain(ip(address)), is_in, "{address}");
        }
        assert_eq!(Networks::parse("").unwrap(), Networks::default());
        assert!(Networks::parse("localhost").unwrap_err().contains("`localhost`"));
        assert!(Networks::parse("10.0.0.0/33").is_err());
    }

    #[test]
    fn an_ipv6_customer_has_one_network() {
        assert_eq!(network_of(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(network_of(ip("198.51.100.1")), ip("198.51.100.1"));
        assert_eq!(network_of(ip("::ffff:198.51.100.1")), ip("198.51.100.1"));
    }
}
