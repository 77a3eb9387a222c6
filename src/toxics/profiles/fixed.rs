//! Lines, Wi-Fi, satellites, and distances between data centres.

use super::definition::{BuiltInProfile, Path};

const BETWEEN_REGIONS: Path = Path {
    rate: None,
    latency: 0,
    jitter: 0,
};

pub(super) const PROFILES: [BuiltInProfile; 7] = [
    BuiltInProfile {
        name: "dsl",
        description: "A slow DSL line: 1.5 Mbit/s down, 384 kbit/s up, 50 ms round trip.",
        source: "WebPageTest, connectivity.ini, profile DSL (2025), which gives no jitter.",
        upstream: Path {
            rate: Some(48),
            latency: 25,
            jitter: 0,
        },
        downstream: Path {
            rate: Some(187),
            latency: 25,
            jitter: 0,
        },
    },
    BuiltInProfile {
        name: "wifi-poor",
        description: "Wi-Fi at the edge of its range: 1 Mbit/s, 20 to 250 ms round trip.",
        source: "Rate: IEEE 802.11, the lowest rate, 1 Mbit/s. Round-trip time: K. Sui et al., Characterizing and \
                 Improving WiFi Latency in Large-Scale Operational Networks (MobiSys 2016), from the 90th percentile, \
                 20 ms, to the 99th, 250 ms.",
        upstream: Path {
            rate: Some(125),
            latency: 67,
            jitter: 57,
        },
        downstream: Path {
            rate: Some(125),
            latency: 68,
            jitter: 58,
        },
    },
    BuiltInProfile {
        name: "satellite-geo",
        description: "A geostationary satellite: 18 Mbit/s down, 3.4 Mbit/s up, 630 ms round trip.",
        source: "Rates and round-trip time: Ookla, How Starlink's Satellite Internet Stacks Up Against HughesNet and \
                 Viasat around the Globe (August 2021), medians of Viasat: 18.13 and 3.38 Mbit/s, 630 ms. Jitter: \
                 down to the propagation time alone, 558 ms (RFC 2488, section 2, 1999), and as far up.",
        upstream: Path {
            rate: Some(422),
            latency: 315,
            jitter: 36,
        },
        downstream: Path {
            rate: Some(2266),
            latency: 315,
            jitter: 36,
        },
    },
    BuiltInProfile {
        name: "satellite-leo",
        description: "Satellites in low orbit: 97 Mbit/s down, 14 Mbit/s up, 45 ms round trip.",
        source: "Rates and round-trip time: Ookla, How Starlink's Satellite Internet Stacks Up Against HughesNet and \
                 Viasat around the Globe (August 2021), medians of Starlink: 97.23 and 13.89 Mbit/s, 45 ms. \
                 Jitter: up to the 99th percentile, 65 ms (SpaceX, Improving Starlink's Latency, March 2024), and as \
                 far down.",
        upstream: Path {
            rate: Some(1736),
            latency: 23,
            jitter: 10,
        },
        downstream: Path {
            rate: Some(12_153),
            latency: 22,
            jitter: 10,
        },
    },
    BuiltInProfile {
        name: "cross-region-near",
        description: "Neighbouring regions of a cloud (Amsterdam, Dublin): 19 ms round trip.",
        source: "Microsoft, Azure network round-trip latency statistics (30 July 2026), 95th percentile between West \
                 Europe and North Europe. No jitter, since this is nearly the worst case, and no limit of the rate.",
        upstream: Path {
            latency: 10,
            ..BETWEEN_REGIONS
        },
        downstream: Path {
            latency: 9,
            ..BETWEEN_REGIONS
        },
    },
    BuiltInProfile {
        name: "cross-region-continent",
        description: "Regions of a cloud at both ends of a continent (Virginia, California): 72 ms round trip.",
        source: "Microsoft, Azure network round-trip latency statistics (30 July 2026), 95th percentile between East \
                 US and West US. No jitter, since this is nearly the worst case, and no limit of the rate.",
        upstream: Path {
            latency: 36,
            ..BETWEEN_REGIONS
        },
        downstream: Path {
            latency: 36,
            ..BETWEEN_REGIONS
        },
    },
    BuiltInProfile {
        name: "cross-region-far",
        description: "Regions of a cloud half a world apart (Virginia, Singapore): 229 ms round trip.",
        source: "Microsoft, Azure network round-trip latency statistics (30 July 2026), 95th percentile between East \
                 US and Southeast Asia. No jitter, since this is nearly the worst case, and no limit of the rate.",
        upstream: Path {
            latency: 115,
            ..BETWEEN_REGIONS
        },
        downstream: Path {
            latency: 114,
            ..BETWEEN_REGIONS
        },
    },
];
