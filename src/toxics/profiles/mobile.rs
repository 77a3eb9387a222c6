//! Mobile networks: 2G to 5G.

use super::definition::{BuiltInProfile, Path};

pub(super) const PROFILES: [BuiltInProfile; 4] = [
    BuiltInProfile {
        name: "2g",
        description: "A 2G phone network: 280/256 kbit/s, 800 ms round trip.",
        source: "Rates and round-trip time: WebPageTest, connectivity.ini, profile 2G (2025). Jitter of 100 ms: \
                 Loadero, Network conditions (wiki, undated), EDGE.",
        upstream: Path {
            rate: Some(32),
            latency: 400,
            jitter: 100,
        },
        downstream: Path {
            rate: Some(35),
            latency: 400,
            jitter: 100,
        },
    },
    BuiltInProfile {
        name: "3g",
        description: "A 3G phone network: 1.6 Mbit/s down, 768 kbit/s up, 300 ms round trip.",
        source: "Rates and round-trip time: WebPageTest, connectivity.ini, profile 3G (2025). Jitter of 50 ms: \
                 Loadero, Network conditions (wiki, undated), 3G.",
        upstream: Path {
            rate: Some(96),
            latency: 150,
            jitter: 50,
        },
        downstream: Path {
            rate: Some(200),
            latency: 150,
            jitter: 50,
        },
    },
    BuiltInProfile {
        name: "4g",
        description: "A 4G phone network: 9 Mbit/s both ways, 170 ms round trip.",
        source: "Rates and round-trip time: WebPageTest, connectivity.ini, profile 4G (2025). Jitter of 5 ms down \
                 and 15 ms up: Loadero, Network conditions (wiki, undated), 4G.",
        upstream: Path {
            rate: Some(1125),
            latency: 85,
            jitter: 15,
        },
        downstream: Path {
            rate: Some(1125),
            latency: 85,
            jitter: 5,
        },
    },
    BuiltInProfile {
        name: "5g",
        description: "A 5G phone network: 166 Mbit/s down, 21 Mbit/s up, 51 ms round trip.",
        source: "Rates: Ookla, Growing and Slowing: The State of 5G Worldwide in 2021 (20 December 2021), medians of \
                 166.13 and 21.08 Mbit/s. Round-trip time: Ookla, Speedtest Intelligence, United States, Q2 2023, \
                 51 ms, the lowest median latency of a 5G network. Jitter: that of 4g.",
        upstream: Path {
            rate: Some(2635),
            latency: 26,
            jitter: 15,
        },
        downstream: Path {
            rate: Some(20_766),
            latency: 25,
            jitter: 5,
        },
    },
];
