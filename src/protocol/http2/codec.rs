//! Header blocks of one direction: where they are in their frames, and the choice between passing
//! them as they came and encoding them again.

use bytes::Bytes;

use super::frame::{FrameHead, HEAD, code, flag, headers, kind, unpadded};
use super::hpack::{Decoder, Encoder, Field, Refused};
use crate::engine::{Chunk, Outlet};

/// A decoded header block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The head of its first frame.
    pub head: FrameHead,
    /// What stands before it in the payload: a priority, or a promised stream.
    pub before: Vec<u8>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// Decodes the blocks of one direction, and encodes those that are changed.
///
/// A block passes as it came until one has been changed, dropped, delayed or added. From then on the
/// receiver's dynamic table is not the sender's, so every later block is encoded again.
#[derive(Debug, Default)]
pub struct Codec {
    /// The decoder of what the sender sends.
    pub decoder: Decoder,
    encoder: Encoder,
    rewrites: bool,
}

impl Codec {
    /// Whether blocks can no longer pass as they came.
    pub fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// A block is dropped or held back: the receiver will not see it, or not now.
    pub fn diverge(&mut self) {
        self.rewrites = true;
    }

    /// Decodes a block with all of its frames.
    ///
    /// # Errors
    /// The error code of what cannot be followed.
    pub fn decode(&mut self, head: FrameHead, unit: &Bytes) -> Result<Block, u32> {
        let (before, block) = parts(head, unit).ok_or(code::PROTOCOL_ERROR)?;
        let fields = self
            .decoder
            .decode(&block)
            .map_err(|refused| match refused {
                Refused::Wrong => code::COMPRESSION_ERROR,
                Refused::TooLarge => code::INTERNAL_ERROR,
            })?;
        Ok(Block {
            head,
            before,
            fields,
        })
    }

    /// Lets a block through that came as `unit`: as it came, if that is still possible and it was not
    /// changed.
    pub fn pass(&mut self, unit: Chunk, block: &Block, is_changed: bool, out: &mut Outlet<'_>) {
        if self.rewrites || is_changed {
            out.swallow(unit);
            out.insert(self.encode(block).into(), None);
        } else {
            out.send(unit);
        }
    }

    /// The frames of a block.
    pub fn encode(&mut self, block: &Block) -> Vec<u8> {
        self.rewrites = true;
        let encoded = self.encoder.encode(&block.fields);
        headers(block.head, &block.before, &encoded)
    }
}

/// What stands before the block, and the block itself, joined from its frames.
fn parts(first: FrameHead, unit: &Bytes) -> Option<(Vec<u8>, Vec<u8>)> {
    let end = HEAD + first.length;
    let payload = (unit.len() >= end).then(|| unit.slice(HEAD..end))?;
    let mut payload = unpadded(first, payload)?;
    let before = match first.kind {
        kind::PUSH_PROMISE => 4,
        _ if first.has(flag::PRIORITY) => 5,
        _ => 0,
    };
    let before = (payload.len() >= before).then(|| payload.split_to(before))?;
    let (mut block, mut rest) = (payload.to_vec(), unit.get(end..)?);
    while let Some(head) = FrameHead::read(rest) {
        let end = HEAD + head.length;
        block.extend_from_slice(rest.get(HEAD..end)?);
        rest = rest.get(end..)?;
    }
    Some((before.to_vec(), block))
}
