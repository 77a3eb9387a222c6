//! TCP's urgent data: FTP's ABOR and telnet's interrupt come behind a mark at which a read stops.

use socket2::SockRef;

use support::Kind;
use support::rig::Rig;

/// All of it is there before the proxy reads, so that its first read stops at the mark; nothing
/// comes afterwards that would wake it.
#[test]
fn what_comes_behind_an_urgent_mark_does_not_wait_for_more() {
    let rig = Rig::new(Kind::Echo);
    for _ in 0..20 {
        let client = rig.connect();
        client.send(b"abc");
        SockRef::from(&client.0).send_out_of_band(b"X").unwrap();
        client.send(b"ABOR\r\n");
        assert_eq!(client.read(10), b"abcXABOR\r\n");
    }
}
