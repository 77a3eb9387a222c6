//! TCP's urgent data. A read stops at the urgent mark, and the bytes behind it must not wait for more:
//! the ABOR of FTP and the interrupt of telnet arrive there.

use socket2::SockRef;

use support::Kind;
use support::rig::Rig;

/// All of it is there before the proxy reads, so that its first read stops at the mark; nothing
/// comes afterwards that would wake it.
#[test]
fn bytes_after_an_urgent_mark_are_forwarded_at_once() {
    let rig = Rig::new(Kind::Echo);
    for _ in 0..20 {
        let client = rig.connect();
        client.send(b"abc");
        SockRef::from(&client.0).send_out_of_band(b"X").unwrap();
        client.send(b"ABOR\r\n");
        assert_eq!(client.read(10), b"abcXABOR\r\n");
    }
}
