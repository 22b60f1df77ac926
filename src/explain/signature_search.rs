//! Which mistakes explain a signature that the edge rejects.

use super::{
    inspection::signature_kind,
    mistake::Mistake,
    trials::{self, Clue, Messages, Trial, Urls},
};
use crate::{
    hash_algorithm::HashAlgorithm,
    key::PublicKey,
    text::Excerpt,
    verify::{Claim, Denial, Signed, Verifier},
    wire::url::Url,
};

/// No more mistakes than this are looked for at once.
const MOST_MISTAKES: usize = 3;

/// No search verifies more signatures than this, whatever the request. At 5 to 60 µs each, that takes about 0.2 seconds.
const MOST_VERIFICATIONS: usize = 4_000;

/// What was signed, with the fewest mistakes that make the signature valid.
///
/// # Errors
/// The denial, if a part of the claim cannot be read even with its base64 mended.
pub(super) fn explain_signature(
    claim: &Claim<'_>,
    bare: &Url,
    urls: &Urls<'_>,
    verifier: &Verifier,
) -> Result<(Signed, Vec<Mistake>), Denial> {
    let key_id = claim.key_id()?;
    let messages = Messages::of(claim.signed(bare), urls, claim)?;
    let search = Search {
        messages: &messages.trials,
        signatures: trials::signatures(claim)?,
        keys: trials::keys(verifier, key_id),
        hashes: trials::hashes(claim.hash_algorithm()?),
    };
    let clues = match search.run() {
        Some(clues) => clues,
        None => search.clues_of_text(verifier.key(key_id).ok_or_else(|| Denial::UnknownKey(Excerpt::new(key_id)))?),
    };
    Ok((messages.signed, clues.iter().map(|clue| clue.mistake(urls.sent)).collect()))
}

/// The readings of each part of the request.
struct Search<'a> {
    messages: &'a [Trial<Vec<u8>>],
    signatures: Vec<Trial<Vec<u8>>>,
    keys: Vec<Trial<&'a PublicKey>>,
    hashes: [Trial<HashAlgorithm>; 2],
}

impl Search<'_> {
    /// Tries all combinations, those with the fewest mistakes first.
    fn run(&self) -> Option<Vec<Clue>> {
        let combinations = (0..=MOST_MISTAKES).flat_map(|count| self.combinations(count));
        combinations.take(MOST_VERIFICATIONS).find(Combination::verifies).map(Combination::clues)
    }

    /// The combinations with this many mistakes in which the signature can be one of the key.
    fn combinations(&self, count: usize) -> impl Iterator<Item = Combination<'_>> {
        self.messages
            .iter()
            .flat_map(|message| self.signatures.iter().map(move |signature| (message, signature)))
            .flat_map(|(message, signature)| self.keys.iter().map(move |key| (message, signature, key)))
            .flat_map(|(message, signature, key)| {
                self.hashes.iter().map(move |hash| Combination { message, signature, key, hash })
            })
            .filter(move |combination| {
                combination.count() == count && trials::fits(combination.key.value, &combination.signature.value)
            })
    }

    /// What the text of the request itself shows if no combination verifies.
    fn clues_of_text(&self, key: &PublicKey) -> Vec<Clue> {
        let (message, signature) = (&self.messages[0], &self.signatures[0]);
        let fits = self.signatures.iter().any(|signature| trials::fits(key, &signature.value));
        let last = match signature_kind(&signature.value) {
            Some(signature) if !fits => Mistake::OtherKeyKind { signature, key: key.kind() },
            _ => Mistake::Unexplained,
        };
        message.clues.iter().chain(&signature.clues).cloned().chain([Clue::Mistake(last)]).collect()
    }
}

/// One reading of each part.
struct Combination<'a> {
    message: &'a Trial<Vec<u8>>,
    signature: &'a Trial<Vec<u8>>,
    key: &'a Trial<&'a PublicKey>,
    hash: &'a Trial<HashAlgorithm>,
}

impl Combination<'_> {
    fn all_clues(&self) -> [&[Clue]; 4] {
        [&self.message.clues, &self.signature.clues, &self.key.clues, &self.hash.clues]
    }

    fn count(&self) -> usize {
        self.all_clues().iter().map(|clues| clues.len()).sum()
    }

    fn verifies(&self) -> bool {
        self.key.value.verify(&self.message.value, &self.signature.value, self.hash.value)
    }

    fn clues(self) -> Vec<Clue> {
        self.all_clues().concat()
    }
}
