//! Edits of heads leave every byte that they do not name as it was.

use aconite::protocol::http1::HeadEdit;
use bytes::Bytes;

const HEAD: &str =
    "HTTP/1.1 200 Fine\r\nServer:x\r\nCONTENT-type:\t text/html \r\nVia: a\nvia: b\r\n\r\n";

fn apply(edit: &HeadEdit<'_>) -> String {
    let head = edit.apply(&Bytes::from_static(HEAD.as_bytes()));
    String::from_utf8(head.to_vec()).unwrap()
}

#[test]
fn empty_edit_copies_nothing() {
    let head = Bytes::from_static(HEAD.as_bytes());
    let edit = HeadEdit::new();
    assert!(edit.is_empty());
    assert_eq!(edit.apply(&head).as_ptr(), head.as_ptr());
}

#[test]
fn status_line_is_replaced_alone() {
    let seen = apply(HeadEdit::new().status(429));
    assert_eq!(seen, HEAD.replace("200 Fine", "429 Too Many Requests"));
    let seen = apply(HeadEdit::new().status(599));
    assert_eq!(seen, HEAD.replace("200 Fine", "599 "));
}

#[test]
fn fields_are_replaced_in_place_removed_and_added() {
    let seen = apply(HeadEdit::new().set("Content-Type", "text/plain"));
    assert_eq!(seen, HEAD.replace("text/html ", "text/plain"));
    let seen = apply(
        HeadEdit::new()
            .set("server", "y")
            .remove("VIA")
            .set("X-New", "1"),
    );
    let expected = HEAD
        .replace("Via: a\nvia: b\r\n\r\n", "X-New: 1\r\n\r\n")
        .replace(":x", ":y");
    assert_eq!(seen, expected);
    let seen = apply(HeadEdit::new().set("via", "c"));
    assert_eq!(seen, HEAD.replace("Via: a\nvia: b\r\n", "Via: c\n"));
    assert_eq!(apply(HeadEdit::new().remove("Absent")), HEAD);
}

#[test]
fn last_change_of_a_name_counts() {
    assert_eq!(
        apply(HeadEdit::new().set("A", "1").set("a", "2")),
        HEAD.replace("\r\n\r\n", "\r\na: 2\r\n\r\n")
    );
    assert_eq!(apply(HeadEdit::new().set("A", "1").remove("a")), HEAD);
    let fields = [
        ("Server".to_owned(), None),
        ("B".to_owned(), Some("2".to_owned())),
    ];
    let seen = apply(HeadEdit::new().set("b", "1").fields(&fields));
    assert_eq!(
        seen,
        HEAD.replace("Server:x\r\n", "")
            .replace("\r\n\r\n", "\r\nB: 2\r\n\r\n")
    );
}

#[test]
fn request_line_and_empty_lines_before_it_stay() {
    let head = Bytes::from_static(b"\r\nGET /  HTTP/1.1\nHost: a\n\n");
    let seen = HeadEdit::new().set("host", "b").set("C", "d").apply(&head);
    assert_eq!(seen, &b"\r\nGET /  HTTP/1.1\nHost: b\nC: d\n\n"[..]);
}
