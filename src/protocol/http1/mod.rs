//! HTTP/1.1 on the wire: heads, where messages end, changes of messages as bytes.
//!
//! Pure code over bytes that it is shown. It keeps no bodies. It knows what was decided about
//! a message (`http::AnswerDecision`), and must not know by which rules.
//!
//! Two invariants. Bytes that cannot be framed for certain are refused, for good, and never changed
//! ([`Refusal`]). And the verdict about bytes does not depend on how they are cut into chunks.

mod body;
mod body_editor;
mod chunked;
mod edit;
mod fields;
mod given;
mod head;
mod head_edit;
mod limits;
mod message;
mod part;
mod reader;
mod reason;
mod refusal;
mod target;

pub use body::{BodyReader, Span};
pub use body_editor::{BodyEditor, Edited};
pub use edit::{EditedAnswer, edit_answer};
pub use given::given_answer;
pub use head::{FieldSpace, request_head, response_head};
pub use head_edit::HeadEdit;
pub use message::{BodyFraming, Method, Parsed, Request, Response, Version};
pub use part::{Part, PartKind};
pub use reader::HeadReader;
pub use refusal::Refusal;
