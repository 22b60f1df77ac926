#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudfront_signer_fuzz::dash(data));
