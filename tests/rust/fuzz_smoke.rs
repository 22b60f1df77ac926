//! Every fuzz target on fixed inputs and on some thousands of changed ones, always the same.

use std::panic::catch_unwind;

use cloudfront_signer::{KeyKind, PrivateKey};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::properties;

const CHANGED: usize = 1_000;

/// Runs a target on each seed, and on as many changed forms of them as make a thousand.
fn run(target: fn(&[u8]), seeds: &[&[u8]]) {
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let changed = (0..CHANGED).map(|count| change(seeds[count % seeds.len()], &mut rng));
    for data in seeds.iter().map(|seed| seed.to_vec()).chain(changed) {
        assert!(catch_unwind(|| target(&data)).is_ok(), "fails on {:?}", String::from_utf8_lossy(&data));
    }
}

/// Flips, cuts, doubles or inserts, once to four times.
fn change(seed: &[u8], rng: &mut TestRng) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=rng.next_u32() % 4 {
        let place = rng.next_u32() as usize % (data.len() + 1);
        match rng.next_u32() % 4 {
            0 if place < data.len() => data[place] ^= 1 << (rng.next_u32() % 8),
            1 => data.truncate(place),
            2 => data.extend_from_within(place..),
            _ => data.insert(place, b"*?&=%_-~\"{}0\n"[rng.next_u32() as usize % 13]),
        }
    }
    data
}

#[test]
fn private_key() {
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let pem = key.to_pem(None).unwrap();
    run(properties::private_key, &[pem.as_bytes(), key.public_key().unwrap().to_pem().as_bytes(), b"", b"\x30\x82"]);
}

#[test]
fn policy() {
    run(properties::policy, &[
        br#"{"Statement":[{"Resource":"https://a/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}"#,
        br#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":9},"IpAddress":{"AWS:SourceIp":"1.2.3.4/9"},"DateGreaterThan":{"AWS:EpochTime":1}}}]}"#,
        b"[]",
    ]);
}

const SIGNED: &[&[u8]] = &[
    b"https://a.example/b?c=d&Expires=1767290400&Signature=aGk_&Key-Pair-Id=K1&Hash-Algorithm=SHA256#t",
    b"https://a.example/b?Policy=e30_&Signature=aGk_&Key-Pair-Id=K1\nCloudFront-Policy=e30_; CloudFront-Key-Pair-Id=K1",
    b"Expires=1767290400&Signature=aGk_&Key-Pair-Id=K1",
    b"http://a.example",
];

#[test]
fn signed_url() {
    run(properties::signed_url, SIGNED);
}

#[test]
fn base64() {
    run(properties::base64, &[b"", b"aGk_", b"-~~-Pw__", b"\xff\xfe"]);
}

#[test]
fn check() {
    run(properties::check, SIGNED);
}

#[test]
fn resource() {
    run(properties::resource, &[b"a*b\naxxb", b"*\n", b"**a*\nba", b"v/*.ts\nv/1.ts", b"abc\nabc"]);
}

#[test]
fn hls() {
    run(properties::hls, &[
        b"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k.bin?a=b\",IV=0x1\n#EXTINF:4,\n1.ts#t\n//c/2.ts\n../3.ts",
        b"\xef\xbb\xbf#EXTM3U\r\n#EXT-X-VERSION:3\r\n#EXT-X-DEFINE:NAME=\"v\",VALUE=\"/x?y\"\r\n{$v}/1.ts\r\n?a\r\n",
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"a,b.m3u8\"\n",
        b"#EXTM3U",
    ]);
}

#[test]
fn dash() {
    run(properties::dash, &[
        b"<?xml version='1.0'?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>v/</BaseURL><Period><AdaptationSet>\
          <SegmentTemplate media=\"$Number%05d$.m4s?a&amp;b\" initialization='$RepresentationID$'/><Representation id=\"1\"/>\
          </AdaptationSet></Period><UTCTiming/></MPD>",
        b"<MPD><Location>c.mpd</Location><Period><AdaptationSet><Representation><BaseURL><![CDATA[a?b&c]]><!-- d --></BaseURL>\
          <SegmentList><Initialization sourceURL='i#t'/><SegmentURL media='//e/f'/></SegmentList></Representation>\
          </AdaptationSet></Period></MPD>",
        b"\xef\xbb\xbf<a:MPD xmlns:a='b'><a:Period xmlns:x='http://www.w3.org/1999/xlink' x:href='p'/></a:MPD>",
        b"\xef\xbb\xbf\xef\xbb\xbf<MPD/>",
        b"<MPD/>",
    ]);
}
