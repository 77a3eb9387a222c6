//! A second implementation of what must leave a fixed chain of toxics and when: each stage maps a
//! list of arrivals to a list of departures, without a clock.
//!
//! The model covers chains without jitter, size variation, live changes and full backlogs, for a
//! receiver that always reads.

use aconite::engine::Ending;

use super::book::Row;

/// Bytes or an ending, and when (in ns) they arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: u64,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Bytes(usize),
    End(Ending),
}

const MS: u64 = 1_000_000;

/// What leaves `rows` when `events` arrive.
pub fn leaves(rows: &[Row], events: &[Event]) -> Vec<Event> {
    let applying = rows.iter().filter(|row| row.toxicity > 0.0);
    applying.fold(events.to_vec(), |events, row| stage(row, &events))
}

fn stage(row: &Row, events: &[Event]) -> Vec<Event> {
    let mut out: Vec<Event> = Vec::new();
    let mut free = None;
    let mut passed = 0;
    for event in events {
        let pieces = match &event.what {
            What::Bytes(size) => data(row, *size, event.at, free, &mut passed),
            What::End(ending) => {
                let at = match row.kind.name {
                    "slow_close" => event.at + nonnegative(row.values.integer("delay")) * MS,
                    // The pause follows the last slice too.
                    "slicer" => free.map_or(event.at, |free| {
                        event
                            .at
                            .max(free + nonnegative(row.values.integer("delay")) * 1000)
                    }),
                    _ => event.at,
                };
                vec![Event {
                    at,
                    what: What::End(*ending),
                }]
            }
        };
        for mut piece in pieces {
            piece.at = piece.at.max(free.unwrap_or(0));
            free = Some(piece.at);
            let closes = piece.what == What::End(Ending::Close);
            out.push(piece);
            if closes {
                return out;
            }
        }
    }
    out
}

/// What happens to bytes that arrive at `at`, if the stage's last output was at `free`.
fn data(row: &Row, size: usize, at: u64, free: Option<u64>, passed: &mut u64) -> Vec<Event> {
    let bytes = |at, size| Event {
        at,
        what: What::Bytes(size),
    };
    match row.kind.name {
        "latency" => vec![bytes(
            at + nonnegative(row.values.integer("latency")) * MS,
            size,
        )],
        "bandwidth" => {
            let rate = nonnegative(row.values.integer("rate")) as usize;
            let piece = rate * if rate < 100 { 100 } else { 4 };
            let mut clock = at.max(free.unwrap_or(0));
            let sizes = (0..size)
                .step_by(piece)
                .map(|start| piece.min(size - start));
            let timed = sizes.map(|size| {
                clock += size as u64 * MS / rate as u64;
                bytes(clock, size)
            });
            timed.collect()
        }
        "slicer" => {
            let (gap, mut last) = (nonnegative(row.values.integer("delay")) * 1000, free);
            let timed = halves(size, row.values.integer("average_size") as usize)
                .into_iter()
                .map(|size| {
                    let moment = at.max(last.map_or(0, |last| last + gap));
                    last = Some(moment);
                    bytes(moment, size)
                });
            timed.collect()
        }
        "limit_data" => {
            let most = nonnegative(row.values.integer("bytes"));
            let left = most - (*passed).min(most);
            let part = left.min(size as u64);
            *passed += part;
            let mut out = Vec::new();
            if part > 0 {
                out.push(bytes(at, part as usize));
            }
            if part == left {
                out.push(Event {
                    at,
                    what: What::End(Ending::Close),
                });
            }
            out
        }
        "slow_close" | "noop" => vec![bytes(at, size)],
        other => panic!("the model knows no {other}"),
    }
}

fn halves(size: usize, average: usize) -> Vec<usize> {
    if size <= average {
        return vec![size];
    }
    let mut left = halves(size / 2, average);
    left.extend(halves(size - size / 2, average));
    left
}

fn nonnegative(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
